/*
 * A word to the service manager: sd_notify(3) without its library.
 */
#ifndef BW_SERVE_SERVICE_NOTIFY_H
#define BW_SERVE_SERVICE_NOTIFY_H

/* "READY=1", "WATCHDOG=1", "STOPPING=1" ... to $NOTIFY_SOCKET; nothing without one. */
void bw_service_notify(const char *state);

#endif
