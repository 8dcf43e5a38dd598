#include "read/peer_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

size_t bw_peer_address_text(const struct sockaddr_storage *address, char text[BW_PEER_BYTES])
{
    text[0] = '\0';
    if (address->ss_family == AF_INET) {
        struct sockaddr_in ipv4;
        (void)memcpy(&ipv4, address, sizeof(ipv4));
        (void)inet_ntop(AF_INET, &ipv4.sin_addr, text, BW_PEER_BYTES);
    } else if (address->ss_family == AF_INET6) {
        struct sockaddr_in6 ipv6;
        (void)memcpy(&ipv6, address, sizeof(ipv6));
        if (IN6_IS_ADDR_V4MAPPED(&ipv6.sin6_addr))
            (void)inet_ntop(AF_INET, &ipv6.sin6_addr.s6_addr[12], text, BW_PEER_BYTES);
        else
            (void)inet_ntop(AF_INET6, &ipv6.sin6_addr, text, BW_PEER_BYTES);
    }
    return strlen(text);
}
