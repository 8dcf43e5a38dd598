#!/bin/sh
# usage: equal_inputs.sh PROGRAM LOG: scan LOG plain, as gzip, from standard input, with 1 to 4
# threads; the reports must be equal but for the path, the compression and the sizes on disk.
set -eu

program=$1
log=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
gzip -c "$log" >"$work/log.gz"

normal() {
    sed -e 's/"elapsed_s":[0-9.]*//' -e 's/"path":"[^"]*"//' -e 's/"file":"[^"]*"//g' \
        -e 's/"compression":"[a-z]*"//' -e 's/"bytes":[0-9]*//'
}

"$program" scan --report json --top 0 --threads 1 "$log" | normal >"$work/expected"
grep -q '"outcome":600' "$work/expected"
for threads in 2 3 4; do
    "$program" scan --report json --top 0 --threads "$threads" "$log" | normal | cmp - "$work/expected"
done
for threads in 1 2; do
    "$program" scan --report json --top 0 --threads "$threads" "$work/log.gz" | normal |
        cmp - "$work/expected"
    "$program" scan --report json --top 0 --threads "$threads" - <"$log" | normal |
        cmp - "$work/expected"
done
echo "plain, gzip and standard input agree for 1 to 4 threads"
