#include "base/byte_kind.h"

#define DIGIT  BW_KIND_DIGIT
#define HEX    BW_KIND_HEX
#define LETTER BW_KIND_LETTER
#define JOINER BW_KIND_JOINER
#define LOCAL  BW_KIND_LOCAL
#define QUERY  BW_KIND_QUERY

#define FOUR(first, kind)                                                                          \
    [(first)] = (kind), [(first) + 1] = (kind), [(first) + 2] = (kind), [(first) + 3] = (kind)
#define SIXTEEN(first, kind)                                                                       \
    FOUR(first, kind), FOUR((first) + 4, kind), FOUR((first) + 8, kind), FOUR((first) + 12, kind)

/* clang-format off */
const uint16_t bw_byte_kinds[256] = {
    FOUR('0', DIGIT), FOUR('4', DIGIT), ['8'] = DIGIT, ['9'] = DIGIT,
    FOUR('a', HEX), ['e'] = HEX, ['f'] = HEX,
    FOUR('g', LETTER), FOUR('k', LETTER), FOUR('o', LETTER), FOUR('s', LETTER), FOUR('w', LETTER),
    FOUR('A', HEX), ['E'] = HEX, ['F'] = HEX,
    FOUR('G', LETTER), FOUR('K', LETTER), FOUR('O', LETTER), FOUR('S', LETTER), FOUR('W', LETTER),
    SIXTEEN(0x80, LETTER), SIXTEEN(0x90, LETTER), SIXTEEN(0xA0, LETTER), SIXTEEN(0xB0, LETTER),
    SIXTEEN(0xC0, LETTER), SIXTEEN(0xD0, LETTER), SIXTEEN(0xE0, LETTER), SIXTEEN(0xF0, LETTER),
    ['.'] = JOINER, ['_'] = JOINER, ['-'] = JOINER, ['+'] = JOINER, ['='] = JOINER,
    ['/'] = BW_KIND_SLASH,
    ['!'] = LOCAL, ['#'] = LOCAL, ['$'] = LOCAL, ['\''] = LOCAL, ['^'] = LOCAL, ['`'] = LOCAL,
    ['{'] = LOCAL, ['|'] = LOCAL, ['}'] = LOCAL, ['~'] = LOCAL,
    ['&'] = QUERY, ['*'] = QUERY, ['?'] = QUERY,
    ['%'] = BW_KIND_PERCENT, ['@'] = BW_KIND_AT,
};
/* clang-format on */

/* FOUR('w') and FOUR('W') end at 'z' and 'Z'. */
_Static_assert('w' + 3 == 'z' && 'W' + 3 == 'Z', "the table is written for ASCII");
