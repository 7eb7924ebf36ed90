// Chance that is none: numbers that look random and follow from a seed, on every machine.
//
// splitmix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, OOPSLA 2014). Each
// object has a seed of its own, so that what one draws does not move the next.
#ifndef DEMO_CHANCE_H
#define DEMO_CHANCE_H

#include <stdbool.h>
#include <stdint.h>

struct chance {
    uint64_t state;
};

static inline uint64_t chance_mix(uint64_t value)
{
    value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
    return value ^ value >> 31;
}

// The seed of the part `index` of what has `seed`.
static inline uint64_t chance_seed(uint64_t seed, uint64_t index)
{
    return chance_mix(seed + (index + 1) * UINT64_C(0x9e3779b97f4a7c15));
}

// In [0, bound); bound > 0.
static inline uint32_t chance_below(struct chance *chance, uint32_t bound)
{
    chance->state += UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)((chance_mix(chance->state) >> 32) * bound >> 32);
}

static inline bool chance_of(struct chance *chance, uint32_t percent)
{
    return chance_below(chance, 100) < percent;
}

// In [-reach, reach].
static inline int32_t chance_about(struct chance *chance, int32_t reach)
{
    return (int32_t)chance_below(chance, 2 * (uint32_t)reach + 1) - reach;
}

#endif
