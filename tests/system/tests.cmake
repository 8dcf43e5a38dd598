# Whole systems on loopback. They need root and real servers, which samples/install.sh --tests
# installs; a missing one is a failure with a sentence, not a skipped test.
add_executable(smtp_sink ${PROJECT_SOURCE_DIR}/tests/support/smtp_sink.c)
target_link_libraries(smtp_sink PRIVATE bw_flags)

add_test(NAME system/postfix
         COMMAND sh ${PROJECT_SOURCE_DIR}/tests/system/postfix/run.sh
                 $<TARGET_FILE:bouncewatch> $<TARGET_FILE:smtp_sink>)
set_tests_properties(system/postfix PROPERTIES LABELS system TIMEOUT 180 RUN_SERIAL TRUE)
