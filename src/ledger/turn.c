#include "ledger/ledger.h"

uint8_t *turn_put_in_place(struct ledger_turn *turn, enum ledger_table table, struct bytes key,
                           size_t value_size)
{
    return effect_begin(&turn->effects, table, EFFECT_PUT, key, value_size);
}

void turn_put(struct ledger_turn *turn, enum ledger_table table, struct bytes key,
              struct bytes value)
{
    uint8_t *const room = effect_begin(&turn->effects, table, EFFECT_PUT, key, value.size);
    if (room != NULL && value.size != 0) {
        memcpy(room, value.data, value.size);
    }
}

void turn_delete(struct ledger_turn *turn, enum ledger_table table, struct bytes key)
{
    (void)effect_begin(&turn->effects, table, EFFECT_DELETE, key, 0);
}

void turn_delete_prefix(struct ledger_turn *turn, enum ledger_table table, struct bytes prefix)
{
    (void)effect_begin(&turn->effects, table, EFFECT_DELETE_PREFIX, prefix, 0);
}
