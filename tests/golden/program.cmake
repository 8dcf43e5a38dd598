# How the golden scripts call the program: nothing of the caller's machine gets in.
# The compiled rules are shared by all cases (CACHE): compiling them takes seconds.

# run_program(RESULT stdin directory stdout stderr argument...)
function(run_program result stdin directory stdout stderr)
    set(command ${CMAKE_COMMAND} -E env TZ=UTC LC_ALL=C "XDG_CACHE_HOME=${CACHE}" NO_COLOR=1
        "${PROGRAM}")
    # ARGN would tear arguments at semicolons and lose empty ones.
    math(EXPR last "${ARGC} - 1")
    set(quoted "")
    if(last GREATER_EQUAL 5)
        foreach(i RANGE 5 ${last})
            string(APPEND quoted " [==[${ARGV${i}}]==]")
        endforeach()
    endif()
    cmake_language(EVAL CODE "
        execute_process(COMMAND \${command} ${quoted} INPUT_FILE \"${stdin}\"
                        WORKING_DIRECTORY \"${directory}\" OUTPUT_FILE \"${stdout}\"
                        ERROR_FILE \"${stderr}\" RESULT_VARIABLE status)")
    set(${result} "${status}" PARENT_SCOPE)
endfunction()

# Take out of a file what differs from run to run: time used, version, number of rules, folders.
function(mask path case work)
    file(READ "${path}" text)
    set(masked "${text}")
    string(REGEX REPLACE "\"elapsed_s\":[0-9.e+-]+" "\"elapsed_s\":0" masked "${masked}")
    string(REGEX REPLACE "\"bouncewatch\":\"[0-9.]+\"" "\"bouncewatch\":\"VERSION\"" masked "${masked}")
    string(REGEX REPLACE "^bouncewatch [0-9.]+: " "bouncewatch VERSION: " masked "${masked}")
    # Where the first line of the text report is broken hangs on how long figures and paths are.
    string(REGEX REPLACE ";[ \n]+[0-9.]+ s,[ \n]+[0-9,]+[ \n]+lines/s,[ \n]+[0-9,.]+[ \n]+[KMG]?B/s\n"
           "; SPEED\n" masked "${masked}")
    if(masked MATCHES "^bouncewatch VERSION: [^;]*; SPEED\n")
        set(broken "${CMAKE_MATCH_0}")
        string(REPLACE "\n  " " " whole "${broken}")
        string(REPLACE "${broken}" "${whole}" masked "${masked}")
    endif()
    string(REGEX REPLACE "[0-9]+ rules, and all [0-9]+ examples" "N rules, and all N examples" masked
           "${masked}")
    string(REPLACE "${work}" "{work}" masked "${masked}")
    string(REPLACE "${case}" "{dir}" masked "${masked}")
    if(NOT "${masked}" STREQUAL "${text}")
        file(WRITE "${path}" "${masked}")
    endif()
endfunction()
