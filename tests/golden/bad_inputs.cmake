# What bad input gets: an exit status, one sentence on standard error, and a report of the rest.
# Usage: cmake -DPROGRAM=... -DWORK=scratch -P bad_inputs.cmake
cmake_minimum_required(VERSION 3.25)
include(${CMAKE_CURRENT_LIST_DIR}/program.cmake)

file(REMOVE_RECURSE "${WORK}")
file(MAKE_DIRECTORY "${WORK}/empty_directory" "${WORK}/rules")
set(stdin /dev/null)

# shell(TEXT): make an input, in the scratch folder.
function(shell text)
    execute_process(COMMAND sh -euc "${text}" WORKING_DIRECTORY "${WORK}"
                    COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# expect(why exit stderr argument...): `stderr` is a regular expression for all of it.
function(expect why wanted_exit wanted_stderr)
    set(words "")
    math(EXPR last "${ARGC} - 1")
    if(last GREATER_EQUAL 3)
        foreach(i RANGE 3 ${last})
            string(APPEND words " [==[${ARGV${i}}]==]")
        endforeach()
    endif()
    cmake_language(EVAL CODE "
        run_program(status \"${stdin}\" \"${WORK}\" \"${WORK}/stdout\" \"${WORK}/stderr\" ${words})")
    file(READ "${WORK}/stderr" said)
    if(NOT "${status}" STREQUAL "${wanted_exit}")
        message(SEND_ERROR "${why}: exit status ${status}, not ${wanted_exit}; it said: ${said}")
    endif()
    if(NOT "${said}" MATCHES "^${wanted_stderr}$")
        message(SEND_ERROR "${why}: standard error is not ${wanted_stderr} but: ${said}")
    endif()
    file(SIZE "${WORK}/stdout" size)
    if(wanted_exit EQUAL 2 AND size GREATER 0)
        message(SEND_ERROR "${why}: nothing should be done, but ${size} bytes were printed")
    endif()
    message(STATUS "${why}")
endfunction()

# The last report must hold these texts.
function(must_hold why)
    file(READ "${WORK}/stdout" report)
    foreach(i RANGE 1 ${ARGC})
        if(i EQUAL ARGC)
            break()
        endif()
        string(FIND "${report}" "${ARGV${i}}" index)
        if(index EQUAL -1)
            message(SEND_ERROR "${why}: the report lacks ${ARGV${i}}:\n${report}")
        endif()
    endforeach()
endfunction()

function(expect_scan why wanted_exit wanted_stderr)
    cmake_language(EVAL CODE "expect([==[${why}]==] ${wanted_exit} [==[${wanted_stderr}]==]
                                     scan --report json --threads 2 ${ARGN})")
endfunction()

set(sentence "[^\n]+\n")

# A good log of three outcomes, and one of a thousand.
set(head "2026-05-01T09:00:00+00:00 mx postfix/smtp[7]: ")
set(tail "relay=mx.example.com[192.0.2.7]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)")
file(WRITE "${WORK}/good.log" "${head}AAAAA1: to=<a@example.com>, ${tail}\n"
     "${head}AAAAA2: to=<b@example.com>, ${tail}\n${head}AAAAA3: to=<c@example.com>, ${tail}\n")
set(good "\"delivered\":3,\"hard\":0")
shell("awk 'BEGIN { for (i = 0; i < 1000; i++)
        printf \"${head}%05X: to=<u%d@example.com>, ${tail}\\n\", 700000 + i, i }' >long.log")
shell("gzip -n <long.log >long.gz")
file(SIZE "${WORK}/long.gz" long_size)

include(${CMAKE_CURRENT_LIST_DIR}/bad_files.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/bad_compression.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/bad_usage.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/bad_settings.cmake)
