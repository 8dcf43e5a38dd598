/*
 * What the socket holder does once it is a process of its own.
 */
#ifndef BW_READ_HOLDER_PROCESS_H
#define BW_READ_HOLDER_PROCESS_H

#include "read/socket_holder.h"

/*
 * Serves the daemon that connects to the listening SOCK_SEQPACKET socket `fd`, bound to `path`,
 * until it says goodbye or stays away. Closes every other descriptor. Does not return.
 */
_Noreturn void bw_holder_process_run(int fd, const char *path,
                                     const struct bw_socket_holder_options *options);

/* True when the process at the other end is of our user or of root. */
bool bw_holder_process_is_trusted(int fd);

#endif
