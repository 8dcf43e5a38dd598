# The same text must give the same report, however it arrives and however many threads read it.
add_test(NAME golden/equal_inputs
         COMMAND sh ${CMAKE_CURRENT_LIST_DIR}/equal_inputs.sh $<TARGET_FILE:bouncewatch>
                 ${PROJECT_SOURCE_DIR}/samples/archive/mail.log)
set_tests_properties(golden/equal_inputs PROPERTIES TIMEOUT 120)
