# The whole program, bytes in and bytes out. A case is a folder:
#
#   args, args.NAME        one argument per line; {dir} is the folder, {work} a scratch folder,
#                          {threads} makes the case run with 1, 2 and 4 threads
#   input.log, stdin       the input; the program runs in the folder, so `input.log` names it
#   make_input.awk         where an input is large and regular: written to {work}/input.log
#   expected[.NAME]        standard output, byte by byte ("elapsed_s" and the version masked)
#   expected_stderr[.NAME] standard error; without this file it must be empty
#   exit[.NAME]            exit status; without this file 0
#
# BW_GOLDEN_UPDATE=1 ctest -R golden writes the expected files anew: read the difference before
# it is committed.
file(GLOB argument_files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/golden/*/args*)
foreach(path IN LISTS argument_files)
    get_filename_component(case ${path} DIRECTORY)
    get_filename_component(name ${case} NAME)
    get_filename_component(variant ${path} NAME)
    string(REGEX REPLACE "^args" "" variant ${variant})
    set(test golden/${name}${variant})
    add_test(NAME ${test}
             COMMAND ${CMAKE_COMMAND} -DPROGRAM=$<TARGET_FILE:bouncewatch> -DCASE=${case}
                     -DVARIANT=${variant} -DCACHE=${CMAKE_CURRENT_BINARY_DIR}/golden/cache
                     -DWORK=${CMAKE_CURRENT_BINARY_DIR}/${test}
                     -P ${PROJECT_SOURCE_DIR}/tests/golden/run_golden.cmake)
    set_tests_properties(${test} PROPERTIES TIMEOUT 120 LABELS "golden;threads")
endforeach()

foreach(script equal_inputs bad_inputs file_times)
    add_test(NAME golden/${script}
             COMMAND ${CMAKE_COMMAND} -DPROGRAM=$<TARGET_FILE:bouncewatch>
                     -DCACHE=${CMAKE_CURRENT_BINARY_DIR}/golden/cache
                     -DWORK=${CMAKE_CURRENT_BINARY_DIR}/golden/${script}
                     -DSANITIZE=${BW_SANITIZE}
                     -DARCHIVE=${PROJECT_SOURCE_DIR}/samples/archive
                     -P ${PROJECT_SOURCE_DIR}/tests/golden/${script}.cmake)
    # What the files say does not hang on threads; these two would only take long there.
    set(labels golden)
    if(script STREQUAL equal_inputs)
        list(APPEND labels threads)
    endif()
    set_tests_properties(golden/${script} PROPERTIES TIMEOUT 600 LABELS "${labels}")
endforeach()
