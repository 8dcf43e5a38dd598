/*
 * What a byte of a reply may be part of: words, identifiers, host names, addresses. As bits, so
 * that one OR per byte tells what a run of them holds.
 */
#ifndef BW_BASE_BYTE_KIND_H
#define BW_BASE_BYTE_KIND_H

#include <stdint.h>

#define BW_KIND_OTHER   0x00U
#define BW_KIND_DIGIT   0x01U
#define BW_KIND_HEX     0x02U /* a..f, A..F */
#define BW_KIND_LETTER  0x04U /* the others, and all bytes of UTF-8 */
#define BW_KIND_JOINER  0x08U /* joins the parts of host names and identifiers: . _ - + = */
#define BW_KIND_SLASH   0x10U
#define BW_KIND_LOCAL   0x20U /* stands in a local part (RFC 5322 atext): ! # $ ' ^ ` { | } ~ */
#define BW_KIND_QUERY   0x40U /* so does this, but sooner in the query of a URL: & * ? */
#define BW_KIND_PERCENT 0x80U
#define BW_KIND_AT      0x100U

#define BW_KIND_WORD (BW_KIND_DIGIT | BW_KIND_HEX | BW_KIND_LETTER)

extern const uint16_t bw_byte_kinds[256];

static inline unsigned bw_byte_kind(char byte)
{
    return bw_byte_kinds[(uint8_t)byte];
}

#endif
