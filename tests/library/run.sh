#!/bin/sh
# usage: run.sh BUILD_DIRECTORY WORK_DIRECTORY COMPILER SANITIZERS
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=$1
work=$2
compiler=$3
sanitize=${4:+-fsanitize=$4}

rm -rf "$work"
mkdir -p "$work"
cmake --install "$build" --prefix "$work/prefix" >"$work/install.log"
PKG_CONFIG_PATH=$(dirname "$(find "$work/prefix" -name bouncewatch.pc)")
export PKG_CONFIG_PATH
# Each public header compiles alone.
for header in "$work"/prefix/include/bouncewatch/*.h; do
    printf '#include <bouncewatch/%s>\n' "$(basename "$header")" >"$work/alone.c"
    # shellcheck disable=SC2046
    "$compiler" -std=c17 -Wall -Wextra -Werror $(pkg-config --cflags bouncewatch) \
        -c "$work/alone.c" -o "$work/alone.o"
done
# shellcheck disable=SC2046,SC2086
"$compiler" -std=c17 -Wall -Wextra -Werror $sanitize "$here/count_bounces.c" \
    $(pkg-config --cflags --libs --static bouncewatch) -o "$work/count_bounces"

# The library and the program must say the same of the sample, however the text is cut.
zcat -f "$here"/../../samples/archive/mail.log.2.gz "$here"/../../samples/archive/mail.log.1.gz \
    >"$work/mail.log"
"$work/prefix/bin/bouncewatch" scan --timezone UTC --report json "$work/mail.log" >"$work/report.json"
wanted=$(jq -r '"\(.totals.delivered) delivered, \(.totals.hard) hard, \(.events | length) events"' \
    "$work/report.json")
for piece in 1 777 1000000; do
    found=$("$work/count_bounces" "$work/mail.log" "$piece")
    echo "pieces of $piece bytes: $found"
    [ "$found" = "$wanted" ] || {
        echo "the program says: $wanted" >&2
        exit 1
    }
done
