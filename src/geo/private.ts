// SPDX-License-Identifier: Apache-2.0
/**
 * Blocks in which an address says nothing of where its client is.
 *
 * A client subnet in one of them is answered by the resolver's address, and the scope covers the
 * block (RFC 7871 §11.1). They are leaves of the layer PRIVATE, which only an operator's own network
 * overrides: 10.1.0.0/16 may well be an office.
 *
 * The transition prefixes stand here too: see embedded.ts for why. The documentation prefixes
 * (RFC 5737, RFC 3849, RFC 9637) do not: examples and tests must be able to steer them.
 *
 * Source: IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890), multicast and the
 * reserved rest.
 */

export const privatePrefixes: readonly string[] = [
  "0.0.0.0/8", // this network, RFC 791
  "10.0.0.0/8", // private, RFC 1918
  "100.64.0.0/10", // shared by a carrier's customers, RFC 6598
  "127.0.0.0/8", // loopback, RFC 1122
  "169.254.0.0/16", // link-local, RFC 3927
  "172.16.0.0/12", // private, RFC 1918
  "192.0.0.0/24", // protocol assignments, RFC 6890
  "192.168.0.0/16", // private, RFC 1918
  "198.18.0.0/15", // benchmarking, RFC 2544
  "224.0.0.0/4", // multicast, RFC 5771
  "240.0.0.0/4", // reserved and broadcast, RFC 1112
  "::/64", // unspecified, loopback, mapped, translated, RFC 4291
  "64:ff9b::/64", // NAT64, RFC 6052: the map's grain is /64
  "64:ff9b:1::/48", // local NAT64, RFC 8215
  "100::/64", // discard, RFC 6666
  "2001::/32", // Teredo, RFC 4380
  "2001:2::/48", // benchmarking, RFC 5180
  "2002::/16", // 6to4, RFC 3056
  "5f00::/16", // SRv6 segments, RFC 9602
  "fc00::/7", // unique local, RFC 4193
  "fe80::/10", // link-local, RFC 4291
  "fec0::/10", // site-local, RFC 3879
  "ff00::/8", // multicast, RFC 4291
];

/** Where an operator's IPv6 network is never met, because its clients are looked up as IPv4. */
export const embeddedPrefixes: readonly string[] = ["2001::/32", "2002::/16"];
