# The same text gives the same report, however it arrives, wherever its pieces end, and however
# many threads read it: byte for byte, but for the path, the compression and the sizes on disk.
# Usage: cmake -DPROGRAM=... -DARCHIVE=folder -DWORK=scratch -P equal_inputs.cmake
cmake_minimum_required(VERSION 3.25)
include(${CMAKE_CURRENT_LIST_DIR}/program.cmake)

file(REMOVE_RECURSE "${WORK}")
file(MAKE_DIRECTORY "${WORK}")

function(shell text)
    execute_process(COMMAND sh -euc "${text}" WORKING_DIRECTORY "${WORK}"
                    COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# take_report(RESULT status): the JSON report in {work}/stdout, without what may differ.
function(take_report result status)
    file(READ "${WORK}/stderr" said)
    if(NOT status EQUAL 0 OR NOT said STREQUAL "")
        message(FATAL_ERROR "exit status ${status}; standard error: ${said}")
    endif()
    file(READ "${WORK}/stdout" text)
    string(REGEX REPLACE "\"elapsed_s\":[0-9.e+-]+" "" text "${text}")
    string(REGEX REPLACE "\"(path|file|compression)\":\"[^\"]*\"" "" text "${text}")
    string(REGEX REPLACE "\"bytes\":[0-9]+" "" text "${text}")
    set(${result} "${text}" PARENT_SCOPE)
endfunction()

# report(RESULT stdin threads operand...)
function(report result stdin threads)
    run_program(status "${stdin}" "${WORK}" "${WORK}/stdout" "${WORK}/stderr"
                scan --report json --top 0 --threads ${threads} ${ARGN})
    take_report(text "${status}")
    set(${result} "${text}" PARENT_SCOPE)
endfunction()

# report_slowly(RESULT log): fed through a pipe by slow_writer.pl.
function(report_slowly result log)
    execute_process(COMMAND perl ${CMAKE_CURRENT_LIST_DIR}/slow_writer.pl "${log}"
                    COMMAND ${CMAKE_COMMAND} -E env TZ=UTC LC_ALL=C "XDG_CACHE_HOME=${CACHE}"
                            "${PROGRAM}" scan --report json --top 0 --threads 2 -
                    WORKING_DIRECTORY "${WORK}" OUTPUT_FILE "${WORK}/stdout"
                    ERROR_FILE "${WORK}/stderr" RESULTS_VARIABLE statuses)
    if(NOT "${statuses}" STREQUAL "0;0")
        message(FATAL_ERROR "${log} through a pipe: exit statuses ${statuses}")
    endif()
    take_report(text 0)
    set(${result} "${text}" PARENT_SCOPE)
endfunction()

function(must_equal why wanted actual)
    if(NOT "${wanted}" STREQUAL "${actual}")
        file(WRITE "${WORK}/wanted" "${wanted}")
        file(WRITE "${WORK}/actual" "${actual}")
        message(FATAL_ERROR "${why}: ${WORK}/actual is not ${WORK}/wanted")
    endif()
    message(STATUS "${why}")
endfunction()

# all_ways(name log outcomes): every way in, and 1 to 8 threads.
function(all_ways name log outcomes)
    shell("gzip -nc '${log}' >one.gz
           split -l 97 '${log}' part. && for part in part.*; do gzip -nc \"\$part\"; done >many.gz
           rm part.*")
    report(wanted /dev/null 1 "${log}")
    if(NOT wanted MATCHES "\"outcome\":${outcomes},")
        message(FATAL_ERROR "${name}: there are not ${outcomes} outcomes: ${wanted}")
    endif()
    foreach(threads 1 2 4 8)
        report(plain /dev/null ${threads} "${log}")
        must_equal("${name}: plain, ${threads} threads" "${wanted}" "${plain}")
        if(threads EQUAL 2 OR threads EQUAL 8)
            continue()
        endif()
        report(gzip /dev/null ${threads} one.gz)
        must_equal("${name}: gzip, ${threads} threads" "${wanted}" "${gzip}")
        report(members /dev/null ${threads} many.gz)
        must_equal("${name}: gzip of many members, ${threads} threads" "${wanted}" "${members}")
        report(piped "${log}" ${threads} -)
        must_equal("${name}: standard input, ${threads} threads" "${wanted}" "${piped}")
        report(piped_gzip "${WORK}/one.gz" ${threads} -)
        must_equal("${name}: gzip on standard input, ${threads} threads" "${wanted}" "${piped_gzip}")
    endforeach()
endfunction()

all_ways("sample archive" "${ARCHIVE}/mail.log" "[1-9][0-9]+")

# Several chunks of 256 KiB, with lines of many lengths, so that chunks end inside lines.
execute_process(COMMAND awk -f ${CMAKE_CURRENT_LIST_DIR}/equal_inputs.awk OUTPUT_FILE "${WORK}/big.log"
                COMMAND_ERROR_IS_FATAL ANY)
file(SIZE "${WORK}/big.log" size)
if(size LESS 1500000)
    message(FATAL_ERROR "the generated log has only ${size} bytes")
endif()
all_ways("several chunks" "${WORK}/big.log" 6000)

# A rotated archive, once as files of their own and once with everything decompressed.
shell("mkdir plain && cp '${ARCHIVE}'/* plain && gzip -d plain/*.gz")
report(wanted /dev/null 1 "${ARCHIVE}")
foreach(threads 1 4)
    report(actual /dev/null ${threads} plain)
    must_equal("decompressed archive, ${threads} threads" "${wanted}" "${actual}")
endforeach()

# Pieces that end behind byte n of line n: as members of a gzip file, and as reads of a pipe.
shell("head -n 400 big.log >short.log
       awk -v dir=. '{ cut = (NR - 1) % length($0)
                       printf \"%s\", pending substr($0, 1, cut) >(\"piece.\" sprintf(\"%04d\", NR))
                       close(\"piece.\" sprintf(\"%04d\", NR))
                       pending = substr($0, cut + 1) \"\\n\" }
                     END { printf \"%s\", pending >\"piece.last\" }' short.log
       cat piece.* | cmp - short.log
       for piece in piece.*; do gzip -nc \"$piece\"; done >pieces.gz")
report(wanted /dev/null 1 short.log)
foreach(threads 1 4)
    report(actual /dev/null ${threads} pieces.gz)
    must_equal("members that end inside lines, ${threads} threads" "${wanted}" "${actual}")
endforeach()
report_slowly(actual short.log)
must_equal("reads that end inside lines" "${wanted}" "${actual}")
report_slowly(actual pieces.gz)
must_equal("reads that end inside gzip members" "${wanted}" "${actual}")

# The end of the first chunk at every byte of a line: a first line that grows by one byte each time.
foreach(size RANGE 0 130)
    string(REPEAT "x" ${size} padding)
    shell("{ echo '2026-05-01T00:00:00+00:00 mx postfix/qmgr[1]: ${padding}'
             head -n 1800 big.log; } >edge.log")
    report(actual /dev/null 2 edge.log)
    string(REGEX REPLACE "\"(text_bytes|line)\":[0-9]+" "" actual "${actual}")
    if(size EQUAL 0)
        set(wanted "${actual}")
        file(SIZE "${WORK}/edge.log" bytes)
        if(bytes LESS 270000)
            message(FATAL_ERROR "the log for chunk edges has only ${bytes} bytes")
        endif()
    elseif(NOT "${wanted}" STREQUAL "${actual}")
        must_equal("a chunk edge moved by ${size} bytes" "${wanted}" "${actual}")
    endif()
endforeach()
message(STATUS "a chunk may end at any byte of a line")
