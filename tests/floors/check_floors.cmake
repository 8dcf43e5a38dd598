# Usage: cmake -DROOT=<source tree> -P check_floors.cmake
#
# Reads every #include line of src/ and include/ and holds it against the table of floors.
# Prints one line per violation, "FILE:LINE: what is wrong", and fails when there is any.
#
#   floor 0  include/bouncewatch/    itself and libc
#   floor 1  base                    0
#   floor 2  pure rooms              0, base, themselves; no libuv, clock, socket, thread
#   floor 3  rooms that do I/O       0, base, themselves
#   floor 4  config                  0, base, and the headers of floors 2 and 3 (options structs)
#   floor 5  engine                  everything below
#   floor 6  cli, main.c             engine, config, report, base, 0
#   data     what the build runs     match, base, 0
cmake_minimum_required(VERSION 3.25)

set(floor_2 inflate frame match parse classify aggregate zone keep report)
set(floor_3 read emit serve)
set(may_base)
foreach(room IN LISTS floor_2 floor_3)
    set(may_${room} base)
endforeach()
set(may_config base ${floor_2} ${floor_3})
set(may_engine base ${floor_2} ${floor_3} config)
set(may_cli base report config engine)
set(may_main cli ${may_cli})
set(may_data match base)
set(rooms base ${floor_2} ${floor_3} config engine cli data)

# One place per library: the headers that match the expression, and who may include them.
set(libraries hyperscan zlib libfyaml xxhash libuv zstd lzma bzip2 lz4)
set(headers_hyperscan "^(hs/)?hs(_[a-z]+)?\\.h$")
set(owners_hyperscan match)
set(headers_zlib "^zlib\\.h$")
set(owners_zlib inflate)
set(headers_libfyaml "^libfyaml\\.h$")
set(owners_libfyaml config)
set(headers_xxhash "^xxh(ash|3)\\.h$")
set(owners_xxhash src/base/hash.c)
set(headers_libuv "^uv(/.*)?\\.h$")
set(owners_libuv read emit serve engine)
set(headers_zstd "^zstd.*\\.h$")
set(owners_zstd inflate)
set(headers_lzma "^lzma.*\\.h$")
set(owners_lzma inflate)
set(headers_bzip2 "^bzlib\\.h$")
set(owners_bzip2 inflate)
set(headers_lz4 "^lz4.*\\.h$")
set(owners_lz4 inflate)

# A clock, a socket or a thread has no business on floors 0 to 2. arpa/inet.h and netinet/in.h are
# allowed: turning text into an address opens no socket.
set(impure_headers "^(pthread|threads|poll|signal|semaphore|netdb|uv|sys/(socket|un|epoll|select|poll|signal|time|timerfd|eventfd|inotify))\\.h$")
set(impure_calls "[^a-zA-Z0-9_](clock_gettime|gettimeofday|time|pthread_create|socket|usleep|nanosleep|sleep) *\\(")

# What public headers may take from outside: the C library's headers without I/O of their own.
set(libc_headers "^(assert|ctype|errno|inttypes|limits|stdalign|stdarg|stdbool|stddef|stdint|stdio|stdlib|string|sys/types|time)\\.h$")

set(empty_names utils util common misc helpers helper types)
set(line_limit 500)
set(violations 0)

macro(violation where what)
    message("${where}: ${what}")
    math(EXPR violations "${violations} + 1")
endmacro()

macro(check_room_include file line room header)
    string(REGEX REPLACE "/.*" "" target "${header}")
    if(NOT "${header}" MATCHES "/")
        violation("${file}:${line}" "\"${header}\" has no room: write \"ROOM/${header}\"")
    elseif("${target}" STREQUAL "bouncewatch")
        violation("${file}:${line}" "public headers are included as <${header}>")
    elseif("${room}" STREQUAL "public")
        violation("${file}:${line}" "a public header may not include \"${header}\"")
    elseif(NOT "${target}" IN_LIST rooms)
        violation("${file}:${line}" "there is no room \"${target}\" in the table of floors")
    elseif(NOT "${target}" STREQUAL "${room}" AND NOT "${target}" IN_LIST may_${room})
        violation("${file}:${line}" "room ${room} may not know room ${target} (\"${header}\")")
    endif()
endmacro()

macro(check_library_include file line room header)
    foreach(library IN LISTS libraries)
        if("${header}" MATCHES "${headers_${library}}" AND
           NOT "${room}" IN_LIST owners_${library} AND NOT "${file}" IN_LIST owners_${library})
            violation("${file}:${line}" "<${header}> belongs to ${owners_${library}} alone")
        endif()
    endforeach()
    if("${room}" STREQUAL "public" AND NOT "${header}" MATCHES "^bouncewatch/" AND
       NOT "${header}" MATCHES "${libc_headers}")
        violation("${file}:${line}" "a public header includes <bouncewatch/...> and libc, not <${header}>")
    endif()
    if(is_pure AND "${header}" MATCHES "${impure_headers}")
        violation("${file}:${line}" "room ${room} has no clock, socket or thread: <${header}>")
    endif()
endmacro()

macro(check_lines file room)
    # Brackets and semicolons mean something to CMake's lists: they are taken out before the split.
    file(READ "${ROOT}/${file}" content)
    string(REPLACE ";" " " content "${content}")
    string(REPLACE "[" " " content "${content}")
    string(REPLACE "]" " " content "${content}")
    string(REPLACE "\\" "/" content "${content}")
    string(REGEX REPLACE "\n$" "" content "${content}")
    string(REPLACE "\n" ";" lines "${content}")
    set(line 0)
    foreach(text IN LISTS lines)
        math(EXPR line "${line} + 1")
        if("${text}" MATCHES "^[ \t]*#[ \t]*include[ \t]*\"([^\"]+)\"")
            check_room_include("${file}" ${line} "${room}" "${CMAKE_MATCH_1}")
        elseif("${text}" MATCHES "^[ \t]*#[ \t]*include[ \t]*<([^>]+)>")
            check_library_include("${file}" ${line} "${room}" "${CMAKE_MATCH_1}")
        elseif(is_pure AND NOT "${text}" MATCHES "^ *(/?\\*|//)" AND "${text}" MATCHES "${impure_calls}")
            violation("${file}:${line}" "room ${room} has no clock, socket or thread: ${CMAKE_MATCH_1}()")
        endif()
    endforeach()
    if(line GREATER line_limit)
        violation("${file}:${line}" "${line} lines, the limit is ${line_limit}: one noun per file")
    endif()
endmacro()

macro(check_file file)
    get_filename_component(name "${file}" NAME_WE)
    if("${name}" IN_LIST empty_names)
        violation("${file}:1" "a file is named after its noun, not \"${name}\"")
    endif()
    set(room "")
    if("${file}" MATCHES "^include/bouncewatch/[^/]+$")
        set(room public)
    elseif("${file}" STREQUAL "src/main.c")
        set(room main)
    elseif("${file}" MATCHES "^src/([^/]+)/[^/]+$")
        set(room ${CMAKE_MATCH_1})
    endif()
    set(is_pure FALSE)
    if("${room}" STREQUAL "public" OR "${room}" STREQUAL "base" OR "${room}" IN_LIST floor_2)
        set(is_pure TRUE)
    endif()
    if("${room}" STREQUAL "public" OR "${room}" STREQUAL "main" OR "${room}" IN_LIST rooms)
        check_lines("${file}" "${room}")
    else()
        violation("${file}:1" "stands in no room of the table of floors")
    endif()
endmacro()

file(GLOB_RECURSE files RELATIVE "${ROOT}" "${ROOT}/src/*.c" "${ROOT}/src/*.h"
     "${ROOT}/include/*.h" "${ROOT}/include/*.c")
list(LENGTH files count)
if(count EQUAL 0)
    message(FATAL_ERROR "no source file below ${ROOT}")
endif()
foreach(file IN LISTS files)
    check_file("${file}")
endforeach()
if(violations GREATER 0)
    message(FATAL_ERROR "${violations} violation(s) in ${count} files")
endif()
message("${count} files keep to the floors")
