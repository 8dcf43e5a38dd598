# The library as others use it: installed into an empty prefix, found by pkg-config, linked to a
# program that knows only the public headers.
add_test(NAME library/installed
         COMMAND sh ${PROJECT_SOURCE_DIR}/tests/library/run.sh ${PROJECT_BINARY_DIR}
                 ${CMAKE_CURRENT_BINARY_DIR}/library ${CMAKE_C_COMPILER} "${BW_SANITIZE}")
set_tests_properties(library/installed PROPERTIES TIMEOUT 120)
