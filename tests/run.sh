#!/bin/sh
# Installs what is needed, builds, and runs all tests. Works from any directory, as root.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
sh samples/install.sh --tests

passed=0
failed=0

# step NAME COMMAND...: run it, say how it ended, count it.
step() {
    name=$1
    shift
    echo "== $name: $*"
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "== FAILED: $name"
    fi
}

for preset in release dev tsan; do
    step "configure $preset" cmake --preset "$preset" -DBW_WERROR=ON
    step "build $preset" cmake --build --preset "$preset" -j "$(nproc)"
    step "test $preset" ctest --preset "$preset" --verbose --no-tests=error -j "$(nproc)"
done

step "fuzz" sh tests/fuzz/run.sh 20

step "clang-tidy" sh tests/tidy.sh

find src include tests -name '*.[ch]' | sort >build/format-files.txt
step "format" xargs -a build/format-files.txt clang-format-14 --dry-run -Werror

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
