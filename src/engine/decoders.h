/*
 * The decoders of inflate/ for the readers of read/, which do not know each other.
 */
#ifndef BW_ENGINE_DECODERS_H
#define BW_ENGINE_DECODERS_H

#include "base/decoder_interface.h"

extern const struct bw_decoder_interface bw_decoders;

#endif
