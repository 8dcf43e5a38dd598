# A file's own time gives the year of its stamps, and rotated files are read in the order of the
# times in them, not of their names.
# Usage: cmake -DPROGRAM=... -DWORK=scratch -P file_times.cmake
cmake_minimum_required(VERSION 3.25)
include(${CMAKE_CURRENT_LIST_DIR}/program.cmake)

file(REMOVE_RECURSE "${WORK}")
file(MAKE_DIRECTORY "${WORK}/set")
set(tail "relay=mx.example.com[192.0.2.7]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)")

# expect_times(why times argument...): of all records, in their order.
function(expect_times why wanted)
    run_program(status /dev/null "${WORK}" "${WORK}/stdout" "${WORK}/stderr"
                records --timezone UTC ${ARGN})
    file(READ "${WORK}/stdout" records)
    string(REGEX MATCHALL "\"time\":\"[^\"]*\"" times "${records}")
    string(REGEX REPLACE "\"time\":|\"|:00\\.000Z" "" times "${times}")
    if(NOT status EQUAL 0 OR NOT "${times}" STREQUAL "${wanted}")
        message(FATAL_ERROR "${why}: exit status ${status}, times ${times}, not ${wanted}")
    endif()
    message(STATUS "${why}")
endfunction()

function(set_time name time)
    execute_process(COMMAND touch -d "${time}" "${WORK}/${name}" COMMAND_ERROR_IS_FATAL ANY)
endfunction()

file(WRITE "${WORK}/new_year.log"
     "Dec 31 23:59:00 mx postfix/smtp[9]: AAAAA1: to=<a@example.com>, ${tail}\n"
     "Jan  1 00:01:00 mx postfix/smtp[9]: AAAAA2: to=<b@example.com>, ${tail}\n")
set_time(new_year.log 2024-01-01T00:01:30Z)
expect_times("a file of New Year ends in its own year" "2023-12-31T23:59;2024-01-01T00:01" new_year.log)
set_time(new_year.log 2025-06-15T12:00:00Z)
expect_times("a file that was copied in summer" "2024-12-31T23:59;2025-01-01T00:01" new_year.log)
expect_times("--year is the year of the first line" "2019-12-31T23:59;2020-01-01T00:01"
    --year 2019 new_year.log)

file(WRITE "${WORK}/leap.log"
     "Feb 29 12:00:00 mx postfix/smtp[9]: AAAAA1: to=<a@example.com>, ${tail}\n")
set_time(leap.log 2024-03-02T00:00:00Z)
expect_times("a leap day" "2024-02-29T12:00" leap.log)

# The oldest is called mail.log.10, which sorts before mail.log.2 by name.
foreach(file "mail.log;03" "mail.log.2;02" "mail.log.10;01")
    list(GET file 0 name)
    list(GET file 1 day)
    file(WRITE "${WORK}/set/${name}"
         "2026-05-${day}T10:00:00Z mx postfix/smtp[9]: AAAAA${day}: to=<a@example.com>, ${tail}\n")
    set_time(set/${name} 2026-06-01T00:00:00Z)
endforeach()
foreach(names "set" "set/mail.log;set/mail.log.10;set/mail.log.2")
    run_program(status /dev/null "${WORK}" "${WORK}/stdout" "${WORK}/stderr"
                scan --report json ${names})
    file(READ "${WORK}/stdout" report)
    string(REGEX MATCHALL "\"path\":\"[^\"]*\"" paths "${report}")
    string(REGEX REPLACE "\"path\":|\"" "" paths "${paths}")
    if(NOT status EQUAL 0 OR NOT "${paths}" STREQUAL "set/mail.log.10;set/mail.log.2;set/mail.log")
        message(FATAL_ERROR "scan ${names}: exit status ${status}, files in the order ${paths}")
    endif()
    message(STATUS "the oldest of ${names} is read first")
endforeach()
