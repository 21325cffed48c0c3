// SPDX-License-Identifier: Apache-2.0
// Generated from src/layout by scripts/gen.ts. Not edited.
#pragma once
#include <cstddef>

namespace azimuth {

// One worker's counters.
struct alignas(64) Counters {
  double queries_udp;  // azimuth_queries_total{transport="udp"}
  double queries_tcp;  // azimuth_queries_total{transport="tcp"}
  double queries_tls;  // azimuth_queries_total{transport="tls"}
  double queries_https;  // azimuth_queries_total{transport="https"}
  double octets_in;  // azimuth_request_octets_total
  double octets_out;  // azimuth_answer_octets_total
  double hit;  // azimuth_answers_total{result="hit"}
  double nodata;  // azimuth_answers_total{result="nodata"}
  double nxdomain;  // azimuth_answers_total{result="nxdomain"}
  double referral;  // azimuth_answers_total{result="referral"}
  double synthesized;  // azimuth_synthesized_total
  double alias;  // azimuth_aliases_followed_total
  double steered;  // azimuth_steered_total
  double steered_all_down;  // azimuth_steered_all_down_total
  double ecs;  // azimuth_client_subnet_total
  double ecs_used;  // azimuth_client_subnet_used_total
  double edns;  // azimuth_edns_total
  double truncated;  // azimuth_truncated_total
  double noerror;  // azimuth_rcode_total{rcode="NOERROR"}
  double formerr;  // azimuth_rcode_total{rcode="FORMERR"}
  double servfail;  // azimuth_rcode_total{rcode="SERVFAIL"}
  double name_error;  // azimuth_rcode_total{rcode="NXDOMAIN"}
  double notimp;  // azimuth_rcode_total{rcode="NOTIMP"}
  double refused;  // azimuth_rcode_total{rcode="REFUSED"}
  double yxdomain;  // azimuth_rcode_total{rcode="YXDOMAIN"}
  double badvers;  // azimuth_rcode_total{rcode="BADVERS"}
  double slow;  // azimuth_slow_total
  double limited_positive;  // azimuth_rate_limited_total{class="positive"}
  double limited_wildcard;  // azimuth_rate_limited_total{class="wildcard"}
  double limited_denial;  // azimuth_rate_limited_total{class="denial"}
  double limited_referral;  // azimuth_rate_limited_total{class="referral"}
  double limited_error;  // azimuth_rate_limited_total{class="error"}
  double limited_address;  // azimuth_rate_limited_total{class="address"}
  double limited_network;  // azimuth_rate_limited_total{class="network"}
  double limited_stream;  // azimuth_rate_limited_total{class="stream"}
  double limited_dry;  // azimuth_rate_limited_dry_total
  double limited_slipped;  // azimuth_rate_limited_slipped_total
  double dropped_limited;  // azimuth_dropped_total{reason="limited"}
  double badcookie;  // azimuth_rcode_total{rcode="BADCOOKIE"}
  double chaos;  // azimuth_chaos_total
  double cookie_valid;  // azimuth_cookies_total{server="valid"}
  double cookie_none;  // azimuth_cookies_total{server="none"}
  double cookie_invalid;  // azimuth_cookies_total{server="invalid"}
  double extended_errors;  // azimuth_extended_errors_total
  double dropped_short;  // azimuth_dropped_total{reason="short"}
  double dropped_response;  // azimuth_dropped_total{reason="response"}
  double dropped_port;  // azimuth_dropped_total{reason="port"}
  double dropped_send;  // azimuth_dropped_total{reason="send"}
  double dropped_late;  // azimuth_dropped_total{reason="late"}
  double tcp_accepted;  // azimuth_tcp_connections_total{event="accepted"}
  double tcp_refused;  // azimuth_tcp_connections_total{event="refused"}
  double tcp_timed_out;  // azimuth_tcp_connections_total{event="timed-out"}
  double tcp_malformed;  // azimuth_tcp_connections_total{event="malformed"}
  double tsig_malformed;  // azimuth_tsig_bad_total{error="FORMERR"}
  double tsig_bad_key;  // azimuth_tsig_bad_total{error="BADKEY"}
  double tsig_bad_sig;  // azimuth_tsig_bad_total{error="BADSIG"}
  double tsig_bad_time;  // azimuth_tsig_bad_total{error="BADTIME"}
  double tsig_bad_trunc;  // azimuth_tsig_bad_total{error="BADTRUNC"}
  double transfer_axfr;  // azimuth_transfers_out_total{result="axfr"}
  double transfer_ixfr;  // azimuth_transfers_out_total{result="ixfr"}
  double transfer_soa;  // azimuth_transfers_out_total{result="soa"}
  double transfer_refused;  // azimuth_transfers_out_total{result="refused"}
  double transfer_busy;  // azimuth_transfers_out_total{result="busy"}
  double transfer_aborted;  // azimuth_transfers_out_total{result="aborted"}
  double transfer_records;  // azimuth_transfer_out_records_total
  double journal_appended;  // azimuth_journal_total{event="appended"}
  double journal_restarted;  // azimuth_journal_total{event="restarted"}
  double journal_damaged;  // azimuth_journal_total{event="damaged"}
  double update_appended;  // azimuth_update_journal_total{event="appended"}
  double update_folded;  // azimuth_update_journal_total{event="folded"}
  double update_flushed;  // azimuth_update_journal_total{event="flushed"}
  double update_failed;  // azimuth_update_journal_total{event="failed"}
  double received_unsound;  // azimuth_transfers_in_unsound_total
  double notify_sent;  // azimuth_notify_out_total{event="sent"}
  double notify_acknowledged;  // azimuth_notify_out_total{event="acknowledged"}
  double notify_refused;  // azimuth_notify_out_total{event="refused"}
  double notify_failed;  // azimuth_notify_out_total{event="failed"}
  double tcp_evicted;  // azimuth_tcp_connections_total{event="evicted"}
  double tcp_stalled;  // azimuth_tcp_connections_total{event="stalled"}
  double tcp_limited;  // azimuth_tcp_connections_total{event="limited"}
  double stream_micros;  // azimuth_stream_work_microseconds_total
  double tls_accepted;  // azimuth_tls_connections_total{event="accepted"}
  double tls_failed;  // azimuth_tls_connections_total{event="failed"}
  double https_accepted;  // azimuth_https_connections_total
  double https_refused;  // azimuth_https_refused_total
  double proxy_accepted;  // azimuth_proxy_total{event="accepted"}
  double proxy_refused;  // azimuth_proxy_total{event="refused"}
  double proxy_malformed;  // azimuth_proxy_total{event="malformed"}
};
static_assert(sizeof(Counters) == 704);

}  // namespace azimuth
