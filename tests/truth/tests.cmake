# A log whose answer is known, against the answer: kinds of stamps, queue ids and lines by turns.
function(bw_truth_test name)
    add_test(NAME truth/${name}
             COMMAND sh ${PROJECT_SOURCE_DIR}/tests/truth/run.sh
                     $<TARGET_FILE:bouncewatch> $<TARGET_FILE:make_log> ${ARGN})
    set_tests_properties(truth/${name} PROPERTIES LABELS truth TIMEOUT 120)
endfunction()

bw_truth_test(finds_the_incident_at_gmail
              --seed 11 --bytes 20000000 --style rfc3164 --queue-ids long --incident gmail)
bw_truth_test(finds_the_incident_at_yahoo_in_two_days_of_many_senders
              --seed 12 --bytes 20000000 --style rfc3339 --queue-ids short --incident yahoo
              --days 2 --domains 5000 --senders 60 --hosts 12)
bw_truth_test(finds_the_incident_at_microsoft_in_long_lines
              --seed 13 --bytes 20000000 --style rfc3339 --queue-ids long --incident microsoft
              --incident-rate 0.2 --long-lines)
bw_truth_test(finds_no_incident_when_all_bounce_at_one_percent
              --seed 14 --messages 20000 --style rfc3164 --queue-ids short --incident none
              --domains 50 --senders 4)
