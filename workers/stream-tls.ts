// SPDX-License-Identifier: Apache-2.0
/**
 * TLS below DNS (RFC 7858) and below HTTP (RFC 8484): the certificate in force, and handshakes.
 *
 * A certificate is replaced between two handshakes; connections that stand keep theirs. One that
 * cannot be used changes nothing (law 7).
 */
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { type LoadedTls, loadTls, type TlsFiles } from "../src/io/tls-files.ts";
import { COUNTER_TLS_ACCEPTED, COUNTER_TLS_FAILED } from "../src/layout/gen/counters.ts";

export interface Tls {
  /** Of the certificate in force. */
  readonly fingerprint: string;
  /** Reads the files again; a text says why the certificate before stays in force. */
  reload(): string | null;
  /** Begins a handshake. `onSecure` is called when it is done; else the stream is closed. */
  secure(socket: Socket, protocols: readonly string[], onSecure: (stream: TLSSocket) => void): void;
}

/** Throws, in words for people, if the files cannot be used: at the start nothing is in force. */
export function createTls(files: TlsFiles, count: (counter: number) => void): Tls {
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
    secure(socket, protocols, onSecure) {
      const stream = new TLSSocket(socket, {
        ...{ isServer: true, secureContext: loaded.context },
        ...{ requestCert: false, ALPNProtocols: [...protocols] },
      });
      let isDone = false;
      // Server side: the handshake is finished, and what ALPN agreed on is known.
      stream.once("secure", () => {
        isDone = true;
        count(COUNTER_TLS_ACCEPTED);
        // As tls.Server does when it hands a socket out; a session of HTTP/2 waits for it.
        Object.assign(stream, { secureConnecting: false });
        onSecure(stream);
      });
      stream.on("error", () => stream.destroy());
      stream.once("close", () => {
        if (!isDone) count(COUNTER_TLS_FAILED);
        socket.destroy();
      });
    },
  };
}

function refuseText(loaded: LoadedTls | string): LoadedTls {
  if (typeof loaded === "string") throw new Error(`the certificate cannot be used: ${loaded}`);
  return loaded;
}
