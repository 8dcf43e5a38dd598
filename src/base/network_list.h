/*
 * Networks and host names that count as inside.
 */
#ifndef BW_BASE_NETWORK_LIST_H
#define BW_BASE_NETWORK_LIST_H

#include <bouncewatch/status.h>
#include <bouncewatch/text.h>

#include <stdbool.h>

struct bw_network_list; /* read-only after creation */

/*
 * Items: "10.0.0.0/8", "192.0.2.1", "2001:db8::/32", "::1", or a host name, which also stands for
 * the hosts below it. BW_ERR_FORMAT names the first bad item.
 */
BW_MUST_CHECK enum bw_status bw_network_list_create(struct bw_network_list **created,
                                                    const char *const *items, size_t count,
                                                    struct bw_problem *problem);
void bw_network_list_destroy(struct bw_network_list **owned);

/* True when the address is in a network or the host is one of the names. Either may be empty; what
 * is no address is in no network. IPv4-mapped IPv6 addresses count as IPv4. */
bool bw_network_list_has(const struct bw_network_list *list, struct bw_text host,
                         struct bw_text ip);

#endif
