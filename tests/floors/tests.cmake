# The floors of the house: who may include whom, one place per library, names and lengths of files.
add_test(NAME floors/rules
         COMMAND ${CMAKE_COMMAND} -DROOT=${PROJECT_SOURCE_DIR}
                 -P ${PROJECT_SOURCE_DIR}/tests/floors/check_floors.cmake)
# The same script over a tree with one planted violation per rule: each must be found.
add_test(NAME floors/self_test
         COMMAND ${CMAKE_COMMAND} -DWORK=${CMAKE_CURRENT_BINARY_DIR}/floors_self_test
                 -P ${PROJECT_SOURCE_DIR}/tests/floors/self_test.cmake)
set_tests_properties(floors/rules floors/self_test PROPERTIES TIMEOUT 60)
