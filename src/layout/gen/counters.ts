// SPDX-License-Identifier: Apache-2.0
// Generated from src/layout by scripts/gen.ts. Not edited.
/** azimuth_queries_total{transport="udp"}: Requests received. */
export const COUNTER_QUERIES_UDP = 0;
/** azimuth_queries_total{transport="tcp"}: Requests received. */
export const COUNTER_QUERIES_TCP = 1;
/** azimuth_queries_total{transport="tls"}: Requests received. */
export const COUNTER_QUERIES_TLS = 2;
/** azimuth_queries_total{transport="https"}: Requests received. */
export const COUNTER_QUERIES_HTTPS = 3;
/** azimuth_request_octets_total: Octets of requests. */
export const COUNTER_OCTETS_IN = 4;
/** azimuth_answer_octets_total: Octets of answers. */
export const COUNTER_OCTETS_OUT = 5;
/** azimuth_answers_total{result="hit"}: Answers sent, by result of the lookup. */
export const COUNTER_HIT = 6;
/** azimuth_answers_total{result="nodata"}: Answers sent, by result of the lookup. */
export const COUNTER_NODATA = 7;
/** azimuth_answers_total{result="nxdomain"}: Answers sent, by result of the lookup. */
export const COUNTER_NXDOMAIN = 8;
/** azimuth_answers_total{result="referral"}: Answers sent, by result of the lookup. */
export const COUNTER_REFERRAL = 9;
/** azimuth_synthesized_total: Answers made from a wildcard. */
export const COUNTER_SYNTHESIZED = 10;
/** azimuth_aliases_followed_total: CNAMEs and DNAMEs followed inside our zones. */
export const COUNTER_ALIAS = 11;
/** azimuth_steered_total: RRsets chosen by a plan. */
export const COUNTER_STEERED = 12;
/** azimuth_steered_all_down_total: Steered answers given by the all-down rule. */
export const COUNTER_STEERED_ALL_DOWN = 13;
/** azimuth_client_subnet_total: Requests with a client subnet option (RFC 7871). */
export const COUNTER_ECS = 14;
/** azimuth_client_subnet_used_total: Answers whose scope is longer than 0. */
export const COUNTER_ECS_USED = 15;
/** azimuth_edns_total: Requests with EDNS (RFC 6891). */
export const COUNTER_EDNS = 16;
/** azimuth_truncated_total: Answers with TC set. */
export const COUNTER_TRUNCATED = 17;
/** azimuth_rcode_total{rcode="NOERROR"}: Answers sent, by RCODE. */
export const COUNTER_NOERROR = 18;
/** azimuth_rcode_total{rcode="FORMERR"}: Answers sent, by RCODE. */
export const COUNTER_FORMERR = 19;
/** azimuth_rcode_total{rcode="SERVFAIL"}: Answers sent, by RCODE. */
export const COUNTER_SERVFAIL = 20;
/** azimuth_rcode_total{rcode="NXDOMAIN"}: Answers sent, by RCODE. */
export const COUNTER_NAME_ERROR = 21;
/** azimuth_rcode_total{rcode="NOTIMP"}: Answers sent, by RCODE. */
export const COUNTER_NOTIMP = 22;
/** azimuth_rcode_total{rcode="REFUSED"}: Answers sent, by RCODE. */
export const COUNTER_REFUSED = 23;
/** azimuth_rcode_total{rcode="YXDOMAIN"}: Answers sent, by RCODE. */
export const COUNTER_YXDOMAIN = 24;
/** azimuth_rcode_total{rcode="BADVERS"}: Answers sent, by RCODE. */
export const COUNTER_BADVERS = 25;
/** azimuth_slow_total: Requests that the table alone cannot answer. */
export const COUNTER_SLOW = 26;
/** azimuth_rate_limited_total{class="positive"}: Requests, answers and turns of streams over a limit, by what they were accounted to. */
export const COUNTER_LIMITED_POSITIVE = 27;
/** azimuth_rate_limited_total{class="wildcard"}: Requests, answers and turns of streams over a limit, by what they were accounted to. */
export const COUNTER_LIMITED_WILDCARD = 28;
/** azimuth_rate_limited_total{class="denial"}: Requests, answers and turns of streams over a limit, by what they were accounted to. */
export const COUNTER_LIMITED_DENIAL = 29;
/** azimuth_rate_limited_total{class="referral"}: Requests, answers and turns of streams over a limit, by what they were accounted to. */
export const COUNTER_LIMITED_REFERRAL = 30;
/** azimuth_rate_limited_total{class="error"}: Requests, answers and turns of streams over a limit, by what they were accounted to. */
export const COUNTER_LIMITED_ERROR = 31;
/** azimuth_rate_limited_total{class="address"}: Requests, answers and turns of streams over a limit, by what they were accounted to. */
export const COUNTER_LIMITED_ADDRESS = 32;
/** azimuth_rate_limited_total{class="network"}: Requests, answers and turns of streams over a limit, by what they were accounted to. */
export const COUNTER_LIMITED_NETWORK = 33;
/** azimuth_rate_limited_total{class="stream"}: Requests, answers and turns of streams over a limit, by what they were accounted to. */
export const COUNTER_LIMITED_STREAM = 34;
/** azimuth_rate_limited_dry_total: Of what was over a limit: answered all the same, since the mode is dry-run. */
export const COUNTER_LIMITED_DRY = 35;
/** azimuth_rate_limited_slipped_total: Of what was over a limit: answered with a truncated or another short answer. */
export const COUNTER_LIMITED_SLIPPED = 36;
/** azimuth_dropped_total{reason="limited"}: Requests that were not answered from data, by reason. */
export const COUNTER_DROPPED_LIMITED = 37;
/** azimuth_rcode_total{rcode="BADCOOKIE"}: Answers sent, by RCODE. */
export const COUNTER_BADCOOKIE = 38;
/** azimuth_chaos_total: Answers about this server itself (RFC 4892). */
export const COUNTER_CHAOS = 39;
/** azimuth_cookies_total{server="valid"}: Requests with a cookie (RFC 7873), by the server cookie in it. */
export const COUNTER_COOKIE_VALID = 40;
/** azimuth_cookies_total{server="none"}: Requests with a cookie (RFC 7873), by the server cookie in it. */
export const COUNTER_COOKIE_NONE = 41;
/** azimuth_cookies_total{server="invalid"}: Requests with a cookie (RFC 7873), by the server cookie in it. */
export const COUNTER_COOKIE_INVALID = 42;
/** azimuth_extended_errors_total: Answers that say why (RFC 8914). */
export const COUNTER_EXTENDED_ERRORS = 43;
/** azimuth_dropped_total{reason="short"}: Requests that were not answered from data, by reason. */
export const COUNTER_DROPPED_SHORT = 44;
/** azimuth_dropped_total{reason="response"}: Requests that were not answered from data, by reason. */
export const COUNTER_DROPPED_RESPONSE = 45;
/** azimuth_dropped_total{reason="port"}: Requests that were not answered from data, by reason. */
export const COUNTER_DROPPED_PORT = 46;
/** azimuth_dropped_total{reason="send"}: Requests that were not answered from data, by reason. */
export const COUNTER_DROPPED_SEND = 47;
/** azimuth_dropped_total{reason="late"}: Requests that were not answered from data, by reason. */
export const COUNTER_DROPPED_LATE = 48;
/** azimuth_tcp_connections_total{event="accepted"}: TCP connections. */
export const COUNTER_TCP_ACCEPTED = 49;
/** azimuth_tcp_connections_total{event="refused"}: TCP connections. */
export const COUNTER_TCP_REFUSED = 50;
/** azimuth_tcp_connections_total{event="timed-out"}: TCP connections. */
export const COUNTER_TCP_TIMED_OUT = 51;
/** azimuth_tcp_connections_total{event="malformed"}: TCP connections. */
export const COUNTER_TCP_MALFORMED = 52;
/** azimuth_tsig_bad_total{error="FORMERR"}: Requests whose signature was not good, by error (RFC 8945). */
export const COUNTER_TSIG_MALFORMED = 53;
/** azimuth_tsig_bad_total{error="BADKEY"}: Requests whose signature was not good, by error (RFC 8945). */
export const COUNTER_TSIG_BAD_KEY = 54;
/** azimuth_tsig_bad_total{error="BADSIG"}: Requests whose signature was not good, by error (RFC 8945). */
export const COUNTER_TSIG_BAD_SIG = 55;
/** azimuth_tsig_bad_total{error="BADTIME"}: Requests whose signature was not good, by error (RFC 8945). */
export const COUNTER_TSIG_BAD_TIME = 56;
/** azimuth_tsig_bad_total{error="BADTRUNC"}: Requests whose signature was not good, by error (RFC 8945). */
export const COUNTER_TSIG_BAD_TRUNC = 57;
/** azimuth_transfers_out_total{result="axfr"}: Transfers that were asked for, by what came of them. */
export const COUNTER_TRANSFER_AXFR = 58;
/** azimuth_transfers_out_total{result="ixfr"}: Transfers that were asked for, by what came of them. */
export const COUNTER_TRANSFER_IXFR = 59;
/** azimuth_transfers_out_total{result="soa"}: Transfers that were asked for, by what came of them. */
export const COUNTER_TRANSFER_SOA = 60;
/** azimuth_transfers_out_total{result="refused"}: Transfers that were asked for, by what came of them. */
export const COUNTER_TRANSFER_REFUSED = 61;
/** azimuth_transfers_out_total{result="busy"}: Transfers that were asked for, by what came of them. */
export const COUNTER_TRANSFER_BUSY = 62;
/** azimuth_transfers_out_total{result="aborted"}: Transfers that were asked for, by what came of them. */
export const COUNTER_TRANSFER_ABORTED = 63;
/** azimuth_transfer_out_records_total: Records sent by transfers. */
export const COUNTER_TRANSFER_RECORDS = 64;
/** azimuth_journal_total{event="appended"}: What became of the journals that answer IXFR. */
export const COUNTER_JOURNAL_APPENDED = 65;
/** azimuth_journal_total{event="restarted"}: What became of the journals that answer IXFR. */
export const COUNTER_JOURNAL_RESTARTED = 66;
/** azimuth_journal_total{event="damaged"}: What became of the journals that answer IXFR. */
export const COUNTER_JOURNAL_DAMAGED = 67;
/** azimuth_update_journal_total{event="appended"}: What became of the journals that hold accepted updates. */
export const COUNTER_UPDATE_APPENDED = 68;
/** azimuth_update_journal_total{event="folded"}: What became of the journals that hold accepted updates. */
export const COUNTER_UPDATE_FOLDED = 69;
/** azimuth_update_journal_total{event="flushed"}: What became of the journals that hold accepted updates. */
export const COUNTER_UPDATE_FLUSHED = 70;
/** azimuth_update_journal_total{event="failed"}: What became of the journals that hold accepted updates. */
export const COUNTER_UPDATE_FAILED = 71;
/** azimuth_transfers_in_unsound_total: Received zones that failed checks. */
export const COUNTER_RECEIVED_UNSOUND = 72;
/** azimuth_notify_out_total{event="sent"}: NOTIFY messages to other servers, and what they led to. */
export const COUNTER_NOTIFY_SENT = 73;
/** azimuth_notify_out_total{event="acknowledged"}: NOTIFY messages to other servers, and what they led to. */
export const COUNTER_NOTIFY_ACKNOWLEDGED = 74;
/** azimuth_notify_out_total{event="refused"}: NOTIFY messages to other servers, and what they led to. */
export const COUNTER_NOTIFY_REFUSED = 75;
/** azimuth_notify_out_total{event="failed"}: NOTIFY messages to other servers, and what they led to. */
export const COUNTER_NOTIFY_FAILED = 76;
/** azimuth_tcp_connections_total{event="evicted"}: TCP connections. */
export const COUNTER_TCP_EVICTED = 77;
/** azimuth_tcp_connections_total{event="stalled"}: TCP connections. */
export const COUNTER_TCP_STALLED = 78;
/** azimuth_tcp_connections_total{event="limited"}: TCP connections. */
export const COUNTER_TCP_LIMITED = 79;
/** azimuth_stream_work_microseconds_total: Time that was charged to the clients of streams, while its limit is not off. */
export const COUNTER_STREAM_MICROS = 80;
/** azimuth_tls_connections_total{event="accepted"}: TLS handshakes, of DNS over TLS and over HTTPS. */
export const COUNTER_TLS_ACCEPTED = 81;
/** azimuth_tls_connections_total{event="failed"}: TLS handshakes, of DNS over TLS and over HTTPS. */
export const COUNTER_TLS_FAILED = 82;
/** azimuth_https_connections_total: Connections of DNS over HTTPS. */
export const COUNTER_HTTPS_ACCEPTED = 83;
/** azimuth_https_refused_total: HTTP requests that were no DNS queries. */
export const COUNTER_HTTPS_REFUSED = 84;
/** azimuth_proxy_total{event="accepted"}: Connections and datagrams of PROXY listeners. */
export const COUNTER_PROXY_ACCEPTED = 85;
/** azimuth_proxy_total{event="refused"}: Connections and datagrams of PROXY listeners. */
export const COUNTER_PROXY_REFUSED = 86;
/** azimuth_proxy_total{event="malformed"}: Connections and datagrams of PROXY listeners. */
export const COUNTER_PROXY_MALFORMED = 87;

/** f64 words of one worker's block, whole cache lines. */
export const COUNTER_BLOCK_WORDS = 88;
export const COUNTER_COUNT = 88;
