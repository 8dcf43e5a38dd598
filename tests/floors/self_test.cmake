# Usage: cmake -DWORK=<directory to write in> -P self_test.cmake
#
# A clean small tree passes; the same tree with one planted violation fails and names it.
cmake_minimum_required(VERSION 3.25)
set(script ${CMAKE_CURRENT_LIST_DIR}/check_floors.cmake)
set(failures 0)
set(passed 0)

macro(lay_clean_tree)
    file(REMOVE_RECURSE "${WORK}")
    file(WRITE "${WORK}/include/bouncewatch/text.h" "#include <stddef.h>\n")
    file(WRITE "${WORK}/src/main.c" "#include \"cli/scan.h\"\n")
    file(WRITE "${WORK}/src/base/hash.c" "#include <bouncewatch/text.h>\n#include <xxhash.h>\n")
    file(WRITE "${WORK}/src/match/matcher.c" "#include \"base/hash.h\"\n#include <hs.h>\n")
    file(WRITE "${WORK}/src/config/config.c" "#include \"zone/zone.h\"\n#include <libfyaml.h>\n")
    file(WRITE "${WORK}/src/engine/scan.c" "#include \"read/file.h\"\n#include <uv.h>\n")
    file(WRITE "${WORK}/src/cli/scan.h" "#include \"engine/scan.h\"\n#include \"report/report.h\"\n")
    # Comments may speak of clocks, and names may end in a forbidden word.
    file(WRITE "${WORK}/src/zone/zone.c" "/* looks at no time (ever) */\nint x = local_time(3)[0];\n")
endmacro()

# A planted violation: `content` appended to `file`; the output must hold `words`.
macro(plant why file content words)
    lay_clean_tree()
    file(APPEND "${WORK}/${file}" "${content}")
    execute_process(COMMAND ${CMAKE_COMMAND} -DROOT=${WORK} -P ${script}
                    RESULT_VARIABLE result OUTPUT_VARIABLE out ERROR_VARIABLE out)
    string(FIND "${out}" "${words}" at)
    string(FIND "${out}" "1 violation(s)" one)
    if(result EQUAL 0 OR at EQUAL -1 OR one EQUAL -1)
        message("not found: ${why}\n${out}")
        math(EXPR failures "${failures} + 1")
    else()
        message("found: ${why}")
        math(EXPR passed "${passed} + 1")
    endif()
endmacro()

lay_clean_tree()
execute_process(COMMAND ${CMAKE_COMMAND} -DROOT=${WORK} -P ${script}
                RESULT_VARIABLE result OUTPUT_VARIABLE out ERROR_VARIABLE out)
if(NOT result EQUAL 0)
    message("a clean tree does not pass:\n${out}")
    math(EXPR failures "${failures} + 1")
endif()

plant("floor 2 sideways" src/zone/zone.c "#include \"parse/postfix.h\"\n"
      "src/zone/zone.c:3: room zone may not know room parse")
plant("floor 3 sideways" src/read/file.c "#include \"emit/sink.h\"\n" "room read may not know room emit")
plant("floor 3 downwards into floor 2" src/read/file.c "#include \"frame/stamp.h\"\n"
      "room read may not know room frame")
plant("base upwards" src/base/hash.c "#include \"parse/postfix.h\"\n" "room base may not know room parse")
plant("config upwards" src/config/config.c "#include \"engine/scan.h\"\n"
      "room config may not know room engine")
plant("engine upwards" src/engine/scan.c "#include \"cli/scan.h\"\n" "room engine may not know room cli")
plant("cli past the engine" src/cli/scan.h "  #  include \"match/matcher.h\"\n"
      "room cli may not know room match")
plant("public header into a room" include/bouncewatch/text.h "#include \"base/hash.h\"\n"
      "a public header may not include")
plant("public header with a library" include/bouncewatch/text.h "#include <sasl/sasl.h>\n"
      "includes <bouncewatch/...> and libc")
plant("public header in quotes" src/base/hash.c "#include \"bouncewatch/text.h\"\n"
      "public headers are included as")
plant("room-less include" src/base/hash.c "#include \"hash.h\"\n" "has no room")
plant("unknown room in an include" src/engine/scan.c "#include \"cellar/x.h\"\n" "there is no room")
plant("file in no room" src/cellar/wine.c "int x;\n" "stands in no room")
plant("Hyperscan outside match" src/engine/scan.c "#include <hs/hs.h>\n" "<hs/hs.h> belongs to match alone")
plant("zlib outside inflate" src/read/file.c "#include <zlib.h>\n" "belongs to inflate alone")
plant("libfyaml outside config" src/match/matcher.c "#include <libfyaml.h>\n" "belongs to config alone")
plant("xxhash elsewhere in base" src/base/id_map.c "#include <xxhash.h>\n"
      "belongs to src/base/hash.c alone")
plant("libuv in cli" src/cli/scan.h "#include <uv.h>\n" "<uv.h> belongs to")
plant("a thread on floor 2" src/match/matcher.c "#include <pthread.h>\n" "has no clock, socket or thread")
plant("a clock on floor 2" src/zone/zone.c "    int64_t now = time(NULL)\;\n" "thread: time()")
plant("an empty name" src/base/utils.c "int x;\n" "not \"utils\"")
string(REPEAT "int x\;\n" 501 long)
plant("a long file" src/parse/postfix.c "${long}" "501 lines")

if(failures GREATER 0)
    message(FATAL_ERROR "${failures} of the planted violations were not found")
endif()
message("${passed} planted violations found")
