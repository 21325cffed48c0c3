// SPDX-License-Identifier: Apache-2.0
/**
 * What a probe plug-in is, and the one attempt that all of them are built on.
 *
 * An attempt has one deadline for everything, connect and answer together: an endpoint that
 * connects at once and then says nothing is as dead as one that does not connect. It settles
 * exactly once and always drops its connection.
 *
 * Whose fault is it? Some errors say only that this prober cannot ask: no file descriptors, no
 * free port, no IPv6 in the kernel. Then it abstains, since a shortage here must not take every
 * endpoint down at once (row C14). ENETUNREACH counts against the endpoint: routers on the way
 * report it too, and it is what the withdrawal of a site's prefix looks like.
 */
import type { Socket } from "node:net";
import type { ProbeTarget } from "../health/types.ts";

export interface ProbeResult {
  readonly passed: boolean;
  /** From the start of the attempt to its end, milliseconds. */
  readonly rttMs: number;
  readonly reason: string;
  /** The prober could not ask: no outcome follows. `passed` is false. */
  readonly abstained: boolean;
}

/** One option of a plug-in, as the operator writes it into a probe. */
export interface ProbeOptionRow {
  readonly key: string;
  readonly doc: string;
}

export interface ProbePlugin {
  /** The `kind` of the probes that it carries out. */
  readonly kind: ProbeTarget["probe"]["kind"];
  readonly doc: string;
  readonly options: readonly ProbeOptionRow[];
  /** One attempt. Never rejects; settles within the probe's timeout. */
  run(target: ProbeTarget): Promise<ProbeResult>;
}

/** Ends the attempt: what was found, or the error that kept it from being found. */
export interface Settle {
  passed(reason: string): void;
  failed(reason: string): void;
  broken(error: NodeJS.ErrnoException): void;
}

/**
 * Runs one attempt. `begin` starts it and returns what drops its connection, which is called
 * exactly once, however the attempt ends. Late calls of `settle` are ignored.
 */
export function attempt(
  timeoutMs: number,
  begin: (settle: Settle) => () => void,
): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const startedAt = performance.now();
    let drop: (() => void) | null = null;
    let ended = false;
    const end = (passed: boolean, reason: string, abstained = false) => {
      if (ended) return;
      ended = true;
      clearTimeout(timer);
      const rttMs = performance.now() - startedAt;
      drop?.();
      resolve({ passed, rttMs, reason, abstained });
    };
    const timer = setTimeout(() => end(false, `no answer within ${timeoutMs} ms`), timeoutMs);
    const settle: Settle = {
      passed: (reason) => end(true, reason),
      failed: (reason) => end(false, reason),
      broken: (error) => {
        const code = error.code ?? "";
        end(false, REASONS[code] ?? (code || error.message), OWN_FAULTS.has(code));
      },
    };
    try {
      drop = begin(settle);
    } catch (error) {
      // Settings that the runtime refuses, such as a path with a line end in it.
      settle.broken(error as NodeJS.ErrnoException);
    }
    // It may have ended before `begin` returned what drops it.
    if (ended) drop?.();
  });
}

/**
 * Closes with RST: thousands of probes per second would otherwise leave as many sockets in
 * TIME_WAIT. A socket that still connects is destroyed, because a reset waits for the connection.
 */
export function dropSocket(socket: Socket): void {
  if (socket.connecting) socket.destroy();
  else socket.resetAndDestroy();
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset",
  EHOSTUNREACH: "host unreachable",
  ENETUNREACH: "network unreachable",
  ETIMEDOUT: "connection timed out",
  EMFILE: "the prober has no file descriptor left",
  EADDRNOTAVAIL: "the prober has no local address or port",
  EAFNOSUPPORT: "the prober has no such address family",
};

const OWN_FAULTS: ReadonlySet<string> = new Set([
  "EMFILE",
  "ENFILE",
  "ENOMEM",
  "ENOBUFS",
  "EADDRNOTAVAIL",
  "EAFNOSUPPORT",
  "EPERM",
]);
