#!/bin/sh
# clang-tidy over all sources, with the settings in .clang-tidy and the compile commands of the
# preset `dev`; tests run without readability-*. Fails on any finding.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
[ -f build/dev/compile_commands.json ] || cmake --preset dev >/dev/null

# tidy DIRECTORY CHECKS: one process per file, one per core at a time. gcc's warning flags in the
# compile commands are unknown to clang.
tidy() {
    find "$1" -name '*.c' | sort |
        xargs -P "$(nproc)" -n 1 clang-tidy-14 -p build/dev --quiet --checks="$2" \
            --extra-arg=-Wno-unknown-warning-option 2>/dev/null
}

failed=0
tidy src '' || failed=1
tidy tests '-readability-*' || failed=1
[ "$failed" -eq 0 ] || echo "clang-tidy: there are findings"
exit "$failed"
