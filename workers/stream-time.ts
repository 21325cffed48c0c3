// SPDX-License-Identifier: Apache-2.0
/**
 * The time that a stream thread gives to each client, measured and charged (src/answer/limit-time.ts).
 *
 * What is measured is the synchronous work of one turn, by the monotonic clock: the thread does
 * nothing else in it. The clock of the thread's own processor time would leave out what other
 * processes take away meanwhile, but Linux moves it with the tick, 4 ms, for a thread that runs: of
 * forty turns of 100 µs one would be charged 4 ms and the others nothing. So on a machine whose
 * processors are taken a turn costs more than its work; that is when time is short.
 *
 * Seen are: what a new connection costs, a TLS handshake from its ClientHello to the first flight of
 * the server, where the signature is, and its end, whole chunks of queries with their answers, HTTP
 * requests, and messages of transfers as they are written. Not seen is what happens below
 * JavaScript: records that are decrypted, HTTP/2 frames, a second ClientHello.
 *
 * Invariants
 *   W1  Spans do not nest: each moment is charged once, to one client.
 *   W2  Who may not have work done is told before any is: no handshake, no parsing.
 */
import { createLimiter, PASS } from "../src/answer/limit.ts";
import { chargeTime, isTimeLimited, limitTime } from "../src/answer/limit-time.ts";
import { createSettings, observeSettings } from "../src/answer/settings.ts";
import { monotonicMs } from "../src/io/clock.ts";
import { COUNTER_STREAM_MICROS } from "../src/layout/gen/counters.ts";

/** Whose work it is, as in a slot. */
export interface Payer {
  readonly client: Uint8Array;
  readonly family: number;
}

export interface StreamTime {
  /** Whether work may begin for a client; if not, that is counted. */
  may(payer: Payer): boolean;
  /** Before work: what `end` is given. */
  begin(): number;
  /** After it. */
  end(payer: Payer, since: number): void;
}

/** `limits` are the buckets of all readers, `settings` those of the node. */
export function createStreamTime(
  settings: Int32Array,
  limits: Int32Array,
  counters: Float64Array,
): StreamTime {
  const own = createSettings(settings);
  const limiter = createLimiter(limits);
  return {
    may({ client, family }) {
      observeSettings(own);
      if (!isTimeLimited(own)) return true;
      return limitTime(limiter, own, counters, client, family, monotonicMs()) === PASS;
    },
    begin: () => performance.now(),
    end({ client, family }, since) {
      if (!isTimeLimited(own)) return;
      const micros = Math.ceil((performance.now() - since) * 1000);
      if (!chargeTime(limiter, own, client, family, monotonicMs(), micros)) return;
      counters[COUNTER_STREAM_MICROS] = counters[COUNTER_STREAM_MICROS]! + micros;
    },
  };
}
