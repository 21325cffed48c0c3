// SPDX-License-Identifier: Apache-2.0
/**
 * TLS below DNS (RFC 7858) and below HTTP (RFC 8484): the certificate in force, and handshakes.
 *
 * A certificate is replaced between two handshakes; connections that stand keep theirs. One that
 * cannot be used changes nothing (law 7).
 */
import { TLSSocket } from "node:tls";
import { isHelloWhole } from "../src/io/client-hello.ts";
import { type LoadedTls, loadTls, type TlsFiles } from "../src/io/tls-files.ts";
import { COUNTER_TLS_ACCEPTED, COUNTER_TLS_FAILED } from "../src/layout/gen/counters.ts";
import type { Connection } from "./stream-connections.ts";
import type { DnsContext } from "./stream-dns.ts";

export interface Tls {
  /** Of the certificate in force. */
  readonly fingerprint: string;
  /** Reads the files again; a text says why the certificate before stays in force. */
  reload(): string | null;
  /** Waits for a handshake. `onSecure` is called when it is done; else the stream is closed. */
  secure(
    connection: Connection,
    protocols: readonly string[],
    onSecure: (stream: TLSSocket) => void,
  ): void;
}

export type TlsContext = Pick<DnsContext, "count" | "time" | "connections">;

/** Throws, in words for people, if the files cannot be used: at the start nothing is in force. */
export function createTls(files: TlsFiles, context: TlsContext): Tls {
  const { time } = context;
  let loaded: LoadedTls = refuseText(loadTls(files));
  return {
    get fingerprint() {
      return loaded.fingerprint;
    },
    reload() {
      const next = loadTls(files);
      if (typeof next === "string") return next;
      loaded = next;
      return null;
    },
    secure(connection, protocols, onSecure) {
      afterHello(context, connection, () => {
        const since = time.begin();
        handshake(context, loaded, connection, protocols, onSecure);
        // TLS takes what came already in the tick that was queued just now.
        process.nextTick(() => time.end(connection, since));
      });
    },
  };
}

/** Calls `then` when the client's first message is whole and it may have a handshake. */
function afterHello(
  { count, time, connections }: TlsContext,
  connection: Connection,
  then: () => void,
) {
  const { socket } = connection;
  let kept: Buffer = Buffer.alloc(0);
  const fail = (): void => count(COUNTER_TLS_FAILED);
  const look = (): void => {
    const since = time.begin();
    const chunk: Buffer | null = socket.read();
    if (chunk === null) return;
    kept = kept.length === 0 ? chunk : Buffer.concat([kept, chunk]);
    const isWhole = isHelloWhole(kept);
    time.end(connection, since);
    if (!isWhole) return;
    socket.removeListener("readable", look);
    socket.removeListener("close", fail);
    if (!time.may(connection)) {
      connections.dismiss(connection);
      return;
    }
    socket.unshift(kept);
    then();
  };
  socket.on("readable", look);
  socket.once("close", fail);
}

function handshake(
  { count, time }: TlsContext,
  { context: secureContext }: LoadedTls,
  connection: Connection,
  protocols: readonly string[],
  onSecure: (stream: TLSSocket) => void,
): void {
  const { socket } = connection;
  const stream = new TLSSocket(socket, {
    ...{ isServer: true, secureContext },
    ...{ requestCert: false, ALPNProtocols: [...protocols] },
  });
  let isDone = false;
  // Server side: the handshake is finished, and what ALPN agreed on is known.
  stream.once("secure", () => {
    const since = time.begin();
    isDone = true;
    count(COUNTER_TLS_ACCEPTED);
    // As tls.Server does when it hands a socket out; a session of HTTP/2 waits for it.
    Object.assign(stream, { secureConnecting: false });
    onSecure(stream);
    time.end(connection, since);
  });
  stream.on("error", () => stream.destroy());
  stream.once("close", () => {
    if (!isDone) count(COUNTER_TLS_FAILED);
    socket.destroy();
  });
}

function refuseText(loaded: LoadedTls | string): LoadedTls {
  if (typeof loaded === "string") throw new Error(`the certificate cannot be used: ${loaded}`);
  return loaded;
}
