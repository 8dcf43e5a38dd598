# Whole systems on loopback. They need root and real servers, which samples/install.sh --tests
# installs; a missing one is a failure with a sentence, not a skipped test.
add_executable(smtp_sink ${PROJECT_SOURCE_DIR}/tests/support/smtp_sink.c)
target_link_libraries(smtp_sink PRIVATE bw_flags)

add_test(NAME system/postfix
         COMMAND sh ${PROJECT_SOURCE_DIR}/tests/system/postfix/run.sh
                 $<TARGET_FILE:bouncewatch> $<TARGET_FILE:smtp_sink>)
set_tests_properties(system/postfix PROPERTIES LABELS system TIMEOUT 180 RUN_SERIAL TRUE)

# The daemon through kills and rotations, in short; the seed is printed, and 0 takes a new one.
add_executable(daemon_test ${PROJECT_SOURCE_DIR}/tests/system/daemon/daemon_test.c)
target_link_libraries(daemon_test PRIVATE bw_flags)
foreach(kind IN ITEMS kill rename copytruncate delete kill+rename kill+copytruncate kill+rename+one-name
                      kill+copytruncate+one-name tcp kill+tcp udp)
    string(REPLACE "+" "_" name ${kind})
    if(kind MATCHES "^(tcp|udp)$")
        set(events 0)
    else()
        set(events 10)
    endif()
    add_test(NAME system/daemon/${name}
             COMMAND sh ${PROJECT_SOURCE_DIR}/tests/system/daemon/run.sh
                     $<TARGET_FILE:daemon_test> $<TARGET_FILE:bouncewatch>
                     ${CMAKE_CURRENT_BINARY_DIR}/daemon_${name} 4000 ${events} 0 ${kind})
    set_tests_properties(system/daemon/${name} PROPERTIES LABELS system TIMEOUT 120)
endforeach()

# Real senders, their configurations from samples/; the daemon is killed on the way.
foreach(sender IN ITEMS rsyslog rsyslog-stream rsyslog-single rsyslog-lines syslog-ng)
    add_test(NAME system/senders/${sender}
             COMMAND sh ${PROJECT_SOURCE_DIR}/tests/system/senders/run.sh
                     $<TARGET_FILE:daemon_test> $<TARGET_FILE:bouncewatch>
                     ${PROJECT_SOURCE_DIR}/samples
                     ${CMAKE_CURRENT_BINARY_DIR}/senders_${sender} 4000 12 0 ${sender})
    set_tests_properties(system/senders/${sender} PROPERTIES LABELS system TIMEOUT 120)
endforeach()

# With what is not needed given up, and without. Files too, where the kernel has Landlock: the unit
# test says whether it has.
if(BW_WITH_SECCOMP AND NOT BW_SANITIZE)
    set(is_confined 1)
else()
    set(is_confined 0)
endif()
foreach(story IN ITEMS run links reload)
    add_test(NAME system/confine/${story}
             COMMAND sh ${PROJECT_SOURCE_DIR}/tests/system/confine/${story}.sh
                     $<TARGET_FILE:bouncewatch> ${CMAKE_CURRENT_BINARY_DIR}/confine_${story}
                     ${is_confined})
    set_tests_properties(system/confine/${story} PROPERTIES LABELS system TIMEOUT 180)
endforeach()

add_executable(old_kernel ${PROJECT_SOURCE_DIR}/tests/system/confine/old_kernel.c)
target_link_libraries(old_kernel PRIVATE bw_flags)
add_test(NAME system/confine/kernel
         COMMAND sh ${PROJECT_SOURCE_DIR}/tests/system/confine/kernel.sh $<TARGET_FILE:bouncewatch>
                 ${CMAKE_CURRENT_BINARY_DIR}/confine_kernel $<TARGET_FILE:old_kernel>
                 ${is_confined})
set_tests_properties(system/confine/kernel PROPERTIES LABELS system TIMEOUT 120)

add_test(NAME system/look_in
         COMMAND sh ${PROJECT_SOURCE_DIR}/tests/system/look_in/run.sh $<TARGET_FILE:bouncewatch>
                 ${CMAKE_CURRENT_BINARY_DIR}/look_in)
set_tests_properties(system/look_in PROPERTIES LABELS system TIMEOUT 120)

add_test(NAME system/same_events
         COMMAND sh ${PROJECT_SOURCE_DIR}/tests/system/same_events/run.sh $<TARGET_FILE:bouncewatch>
                 $<TARGET_FILE:make_log> ${CMAKE_CURRENT_BINARY_DIR}/same_events)
set_tests_properties(system/same_events PROPERTIES LABELS system TIMEOUT 120)
