// SPDX-License-Identifier: Apache-2.0
/**
 * One row per counter of the data plane: the field, the name in Prometheus, the help.
 *
 * A worker owns a block of f64 words and adds to it with plain stores; readers may see a value that
 * is one packet old. f64 and not u64, because both kernels add to it without a carry, exactly up to
 * 2^53, and an aligned store of 8 octets does not tear.
 */

export interface CounterRow {
  /** Metric and labels, as exposed: `azimuth_queries_total{transport="udp"}`. */
  readonly metric: string;
  readonly labels: string;
  readonly help: string;
}

const row = (metric: string, labels: string, help: string): CounterRow => ({
  metric,
  labels,
  help,
});
const QUERIES = "Requests received.";
const ANSWERS = "Answers sent, by result of the lookup.";
const RCODES = "Answers sent, by RCODE.";
const LIMITED =
  "Requests, answers and turns of streams over a limit, by what they were accounted to.";
const COOKIES = "Requests with a cookie (RFC 7873), by the server cookie in it.";
const TLS = "TLS handshakes, of DNS over TLS and over HTTPS.";
const PROXY = "Connections and datagrams of PROXY listeners.";
const REFUSED = "Requests that were not answered from data, by reason.";

const TSIG_BAD = "Requests whose signature was not good, by error (RFC 8945).";
const TRANSFERS_OUT = "Transfers that were asked for, by what came of them.";
const UPDATES = "What became of the journals that hold accepted updates.";
const JOURNAL = "What became of the journals that answer IXFR.";
const NOTIFY_OUT = "NOTIFY messages to other servers, and what they led to.";

export const counters = {
  queriesUdp: row("azimuth_queries_total", 'transport="udp"', QUERIES),
  queriesTcp: row("azimuth_queries_total", 'transport="tcp"', QUERIES),
  queriesTls: row("azimuth_queries_total", 'transport="tls"', QUERIES),
  queriesHttps: row("azimuth_queries_total", 'transport="https"', QUERIES),
  octetsIn: row("azimuth_request_octets_total", "", "Octets of requests."),
  octetsOut: row("azimuth_answer_octets_total", "", "Octets of answers."),
  hit: row("azimuth_answers_total", 'result="hit"', ANSWERS),
  nodata: row("azimuth_answers_total", 'result="nodata"', ANSWERS),
  nxdomain: row("azimuth_answers_total", 'result="nxdomain"', ANSWERS),
  referral: row("azimuth_answers_total", 'result="referral"', ANSWERS),
  synthesized: row("azimuth_synthesized_total", "", "Answers made from a wildcard."),
  alias: row("azimuth_aliases_followed_total", "", "CNAMEs and DNAMEs followed inside our zones."),
  steered: row("azimuth_steered_total", "", "RRsets chosen by a plan."),
  steeredAllDown: row(
    "azimuth_steered_all_down_total",
    "",
    "Steered answers given by the all-down rule.",
  ),
  ecs: row("azimuth_client_subnet_total", "", "Requests with a client subnet option (RFC 7871)."),
  ecsUsed: row("azimuth_client_subnet_used_total", "", "Answers whose scope is longer than 0."),
  edns: row("azimuth_edns_total", "", "Requests with EDNS (RFC 6891)."),
  truncated: row("azimuth_truncated_total", "", "Answers with TC set."),
  noerror: row("azimuth_rcode_total", 'rcode="NOERROR"', RCODES),
  formerr: row("azimuth_rcode_total", 'rcode="FORMERR"', RCODES),
  servfail: row("azimuth_rcode_total", 'rcode="SERVFAIL"', RCODES),
  nameError: row("azimuth_rcode_total", 'rcode="NXDOMAIN"', RCODES),
  notimp: row("azimuth_rcode_total", 'rcode="NOTIMP"', RCODES),
  refused: row("azimuth_rcode_total", 'rcode="REFUSED"', RCODES),
  yxdomain: row("azimuth_rcode_total", 'rcode="YXDOMAIN"', RCODES),
  badvers: row("azimuth_rcode_total", 'rcode="BADVERS"', RCODES),
  slow: row("azimuth_slow_total", "", "Requests that the table alone cannot answer."),
  limitedPositive: row("azimuth_rate_limited_total", 'class="positive"', LIMITED),
  limitedWildcard: row("azimuth_rate_limited_total", 'class="wildcard"', LIMITED),
  limitedDenial: row("azimuth_rate_limited_total", 'class="denial"', LIMITED),
  limitedReferral: row("azimuth_rate_limited_total", 'class="referral"', LIMITED),
  limitedError: row("azimuth_rate_limited_total", 'class="error"', LIMITED),
  limitedAddress: row("azimuth_rate_limited_total", 'class="address"', LIMITED),
  limitedNetwork: row("azimuth_rate_limited_total", 'class="network"', LIMITED),
  limitedStream: row("azimuth_rate_limited_total", 'class="stream"', LIMITED),
  limitedDry: row(
    "azimuth_rate_limited_dry_total",
    "",
    "Of what was over a limit: answered all the same, since the mode is dry-run.",
  ),
  limitedSlipped: row(
    "azimuth_rate_limited_slipped_total",
    "",
    "Of what was over a limit: answered with a truncated or another short answer.",
  ),
  droppedLimited: row("azimuth_dropped_total", 'reason="limited"', REFUSED),
  badcookie: row("azimuth_rcode_total", 'rcode="BADCOOKIE"', RCODES),
  chaos: row("azimuth_chaos_total", "", "Answers about this server itself (RFC 4892)."),
  cookieValid: row("azimuth_cookies_total", 'server="valid"', COOKIES),
  cookieNone: row("azimuth_cookies_total", 'server="none"', COOKIES),
  cookieInvalid: row("azimuth_cookies_total", 'server="invalid"', COOKIES),
  extendedErrors: row("azimuth_extended_errors_total", "", "Answers that say why (RFC 8914)."),
  droppedShort: row("azimuth_dropped_total", 'reason="short"', REFUSED),
  droppedResponse: row("azimuth_dropped_total", 'reason="response"', REFUSED),
  droppedPort: row("azimuth_dropped_total", 'reason="port"', REFUSED),
  droppedSend: row("azimuth_dropped_total", 'reason="send"', REFUSED),
  droppedLate: row("azimuth_dropped_total", 'reason="late"', REFUSED),
  tcpAccepted: row("azimuth_tcp_connections_total", 'event="accepted"', "TCP connections."),
  tcpRefused: row("azimuth_tcp_connections_total", 'event="refused"', "TCP connections."),
  tcpTimedOut: row("azimuth_tcp_connections_total", 'event="timed-out"', "TCP connections."),
  tcpMalformed: row("azimuth_tcp_connections_total", 'event="malformed"', "TCP connections."),
  tsigMalformed: row("azimuth_tsig_bad_total", 'error="FORMERR"', TSIG_BAD),
  tsigBadKey: row("azimuth_tsig_bad_total", 'error="BADKEY"', TSIG_BAD),
  tsigBadSig: row("azimuth_tsig_bad_total", 'error="BADSIG"', TSIG_BAD),
  tsigBadTime: row("azimuth_tsig_bad_total", 'error="BADTIME"', TSIG_BAD),
  tsigBadTrunc: row("azimuth_tsig_bad_total", 'error="BADTRUNC"', TSIG_BAD),
  transferAxfr: row("azimuth_transfers_out_total", 'result="axfr"', TRANSFERS_OUT),
  transferIxfr: row("azimuth_transfers_out_total", 'result="ixfr"', TRANSFERS_OUT),
  transferSoa: row("azimuth_transfers_out_total", 'result="soa"', TRANSFERS_OUT),
  transferRefused: row("azimuth_transfers_out_total", 'result="refused"', TRANSFERS_OUT),
  transferBusy: row("azimuth_transfers_out_total", 'result="busy"', TRANSFERS_OUT),
  transferAborted: row("azimuth_transfers_out_total", 'result="aborted"', TRANSFERS_OUT),
  transferRecords: row("azimuth_transfer_out_records_total", "", "Records sent by transfers."),
  journalAppended: row("azimuth_journal_total", 'event="appended"', JOURNAL),
  journalRestarted: row("azimuth_journal_total", 'event="restarted"', JOURNAL),
  journalDamaged: row("azimuth_journal_total", 'event="damaged"', JOURNAL),
  updateAppended: row("azimuth_update_journal_total", 'event="appended"', UPDATES),
  updateFolded: row("azimuth_update_journal_total", 'event="folded"', UPDATES),
  updateFlushed: row("azimuth_update_journal_total", 'event="flushed"', UPDATES),
  updateFailed: row("azimuth_update_journal_total", 'event="failed"', UPDATES),
  receivedUnsound: row(
    "azimuth_transfers_in_unsound_total",
    "",
    "Received zones that failed checks.",
  ),
  notifySent: row("azimuth_notify_out_total", 'event="sent"', NOTIFY_OUT),
  notifyAcknowledged: row("azimuth_notify_out_total", 'event="acknowledged"', NOTIFY_OUT),
  notifyRefused: row("azimuth_notify_out_total", 'event="refused"', NOTIFY_OUT),
  notifyFailed: row("azimuth_notify_out_total", 'event="failed"', NOTIFY_OUT),
  tcpEvicted: row("azimuth_tcp_connections_total", 'event="evicted"', "TCP connections."),
  tcpStalled: row("azimuth_tcp_connections_total", 'event="stalled"', "TCP connections."),
  tcpLimited: row("azimuth_tcp_connections_total", 'event="limited"', "TCP connections."),
  streamMicros: row(
    "azimuth_stream_work_microseconds_total",
    "",
    "Time that was charged to the clients of streams, while its limit is not off.",
  ),
  tlsAccepted: row("azimuth_tls_connections_total", 'event="accepted"', TLS),
  tlsFailed: row("azimuth_tls_connections_total", 'event="failed"', TLS),
  httpsAccepted: row("azimuth_https_connections_total", "", "Connections of DNS over HTTPS."),
  httpsRefused: row("azimuth_https_refused_total", "", "HTTP requests that were no DNS queries."),
  proxyAccepted: row("azimuth_proxy_total", 'event="accepted"', PROXY),
  proxyRefused: row("azimuth_proxy_total", 'event="refused"', PROXY),
  proxyMalformed: row("azimuth_proxy_total", 'event="malformed"', PROXY),
} as const satisfies Record<string, CounterRow>;

export type CounterName = keyof typeof counters;
