/*
 * The commands. Each takes its own name as argv[0] and returns the exit status.
 */
#ifndef BW_CLI_COMMAND_H
#define BW_CLI_COMMAND_H

#define BW_EXIT_DONE       0
#define BW_EXIT_INCOMPLETE 1 /* done, but some input could not be read */
#define BW_EXIT_USAGE      2 /* nothing was done */
#define BW_EXIT_ZONE       3 /* scan --fail-on: a zone was reached */

int bw_command_scan(int argc, char **argv);
int bw_command_records(int argc, char **argv);
int bw_command_classify(int argc, char **argv);
int bw_command_explain(int argc, char **argv);
int bw_command_check(int argc, char **argv);
int bw_command_run(int argc, char **argv);
int bw_command_top(int argc, char **argv);
int bw_command_report(int argc, char **argv);
int bw_command_version(void);

#endif
