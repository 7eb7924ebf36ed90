// Country code: the two letters of ISO 3166-1 from what else stands for a country. Pure.
#ifndef SOURCE_COUNTRY_CODE_H
#define SOURCE_COUNTRY_CODE_H

#include "base/bytes.h"

// Two letters, made upper case, with a NUL. False leaves `code` alone: not two letters.
bool country_code_parse(struct bytes text, char code[3]);

// From three letters ("LIE": "LI"; also Natural Earth's "KOS"). False: no such country.
bool country_code_from_three(struct bytes text, char code[3]);

// The three letters of two ("LI": "LIE"), with a NUL. False leaves `three` alone: no such country.
bool country_code_to_three(const char code[3], char three[4]);

// As in feature.h: A = 0, base 26.
int64_t country_code_number(const char code[3]);

#endif
