// SPDX-License-Identifier: Apache-2.0
/**
 * Asks other name servers: for the SOA of a zone, and for the zone.
 *
 * Always over a stream, and over TLS where the operator says so (RFC 9103): a secondary asks rarely,
 * a transfer needs one anyway, and over UDP whoever guesses an id could answer. Addresses of a server
 * are tried in their order; the first that can be reached answers.
 *
 * Invariants
 *   C1  A promise always ends, and with a value: each connection has a deadline between two messages.
 *   C2  Where a key is configured, an answer that is not signed with it is worth nothing (RFC 8945).
 *   C3  With TLS the certificate must be right for the name: strict (RFC 9103 §9.3.2).
 */
import { randomInt } from "node:crypto";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { createFramer, pushChunk } from "../answer/stream.ts";
import { reasonOf } from "../base/reason.ts";
import { composeMessage, composeQuery } from "../dns/compose.ts";
import { Class, EdnsOption, Rcode, rcodeText, Type } from "../dns/iana.ts";
import { type Edns, isMessage, type Message, readMessage } from "../dns/message.ts";
import { equalName, lowerName } from "../dns/names.ts";
import { get32 } from "../dns/sink.ts";
import { createVerifier, signRequest, type TsigKey } from "../dns/tsig.ts";
import type { ServerAddress } from "../resource/server-address.ts";
import type { Remote } from "../resource/types.ts";
import {
  createReceiver,
  type Receipt,
  type TransferRecord,
  takeMessage,
} from "../transfer/receive.ts";
import { soaSerial } from "../zone/serial.ts";
import { readRegular } from "./file.ts";
import { PEM_SIZE_MAX } from "./tls-files.ts";
import { tsigCrypto } from "./tsig.ts";

/** A server, with the key that it is asked with. */
export interface ZoneServer {
  readonly remote: Remote;
  /** Null for none. */
  readonly key: TsigKey | null;
}

export interface ClientLimits {
  readonly connectMs: number;
  /** Between two messages. */
  readonly idleMs: number;
  readonly recordsMax: number;
  readonly octetsMax: number;
}

export const CLIENT_LIMITS: ClientLimits = {
  ...{ connectMs: 5000, idleMs: 30_000 },
  // As many as a zone value can hold, and the table.
  ...{ recordsMax: 100_000_000, octetsMax: 4 * 1024 ** 3 },
};

export type SoaAnswer =
  | {
      readonly kind: "soa";
      readonly serial: number;
      readonly record: TransferRecord;
      /** Seconds, of EXPIRE (RFC 7314); null if the server does not say. */
      readonly left: number | null;
    }
  | { readonly kind: "failed"; readonly reason: string; readonly rcode?: number };

/** What asks a server how long it trusts what it has (RFC 7314 §4): EXPIRE with nothing in it. */
const ASKS_EXPIRE: Edns = {
  ...{ payload: 1232, version: 0, dnssecOk: false },
  options: [{ code: EdnsOption.EXPIRE, data: new Uint8Array(0) }],
};

/** A server that knows no EDNS says so, and is asked without (RFC 6891 §7). */
function knowsNoEdns(rcode: number | undefined): boolean {
  return rcode === Rcode.FORMERR || rcode === Rcode.NOTIMP;
}

function leftOf({ edns }: Message): number | null {
  const option = edns?.options.find(({ code }) => code === EdnsOption.EXPIRE);
  return option?.data.length === 4 ? get32(option.data, 0) : null;
}

/** The serial that the server has. */
export async function askSoa(
  server: ZoneServer,
  apex: Uint8Array,
  limits: ClientLimits = CLIENT_LIMITS,
): Promise<SoaAnswer> {
  const answer = await askSoaOnce(server, apex, ASKS_EXPIRE, limits);
  const again = answer.kind === "failed" && knowsNoEdns(answer.rcode);
  return again ? askSoaOnce(server, apex, null, limits) : answer;
}

async function askSoaOnce(
  server: ZoneServer,
  apex: Uint8Array,
  edns: Edns | null,
  limits: ClientLimits,
): Promise<SoaAnswer> {
  const id = randomInt(0x1_0000);
  const query = composeQuery({
    name: apex,
    type: Type.SOA,
    id,
    ...(edns === null ? {} : { edns }),
  });
  let answer: SoaAnswer = { kind: "failed", reason: "no answer" };
  const reason = await exchange(server, query, limits, (octets) => {
    answer = soaOf(octets, id, apex);
    return true;
  });
  return reason === null ? answer : { kind: "failed", reason };
}

function soaOf(octets: Uint8Array, id: number, apex: Uint8Array): SoaAnswer {
  const failed = (reason: string, rcode: number = Rcode.NOERROR): SoaAnswer => {
    return { kind: "failed", reason, rcode };
  };
  const message = readMessage(octets);
  if (!isMessage(message)) return failed(`malformed: ${message.error}`);
  if (message.id !== id || !message.qr) return failed("an answer to another query");
  const { rcode } = message;
  if (rcode !== Rcode.NOERROR) return failed(`the server says ${rcodeText(rcode)}`, rcode);
  if (!message.aa) return failed("the server has no authority for the zone");
  const soa = message.answers.find(
    ({ owner, type }) => type === Type.SOA && equalName(lowerName(owner), apex),
  );
  if (soa === undefined || soa.rdata.length < 22) return failed("an answer without a SOA");
  const { ttl, rdata } = soa;
  return {
    kind: "soa",
    serial: soaSerial(rdata),
    record: { owner: apex, type: Type.SOA, ttl, rdata },
    left: leftOf(message),
  };
}

/**
 * Fetches a zone: as steps from the version whose SOA is `have`, or, without, as a whole. Records of
 * a whole zone are handed to `onRecord` as they come.
 */
export async function fetchZone(
  server: ZoneServer,
  apex: Uint8Array,
  have: TransferRecord | null,
  onRecord: (record: TransferRecord) => void,
  limits: ClientLimits = CLIENT_LIMITS,
): Promise<Receipt> {
  const receipt = await fetchOnce(server, apex, have, ASKS_EXPIRE, onRecord, limits);
  const again = receipt.kind === "failed" && knowsNoEdns(receipt.rcode);
  return again ? fetchOnce(server, apex, have, null, onRecord, limits) : receipt;
}

async function fetchOnce(
  server: ZoneServer,
  apex: Uint8Array,
  have: TransferRecord | null,
  edns: Edns | null,
  onRecord: (record: TransferRecord) => void,
  limits: ClientLimits,
): Promise<Receipt> {
  const id = randomInt(0x1_0000);
  const type = have === null ? Type.AXFR : Type.IXFR;
  const serial = have === null ? 0 : soaSerial(have.rdata);
  const { recordsMax, octetsMax } = limits;
  const receiver = createReceiver({ apex, type, id, serial, recordsMax, octetsMax, onRecord });
  let receipt: Receipt = { kind: "more" };
  const reason = await exchange(
    server,
    transferQuery(apex, type, id, have, edns),
    limits,
    (octets) => {
      receipt = takeMessage(receiver, octets);
      return receipt.kind !== "more";
    },
  );
  // The assignment in the callback is not seen by the compiler's flow analysis.
  const last = receipt as Receipt;
  if (reason !== null) return { kind: "failed", reason, rcode: Rcode.NOERROR };
  if (last.kind === "more")
    return { kind: "failed", reason: "it ended early", rcode: Rcode.NOERROR };
  return last.kind === "failed" ? last : { ...last, left: receiver.left };
}

/** RFC 1995 §3: the SOA that we have stands in the authority section. */
function transferQuery(
  apex: Uint8Array,
  type: number,
  id: number,
  have: TransferRecord | null,
  edns: Edns | null,
): Uint8Array {
  return composeMessage({
    ...{ id, qr: false, opcode: 0, aa: false, tc: false, rd: false, ra: false, ad: false },
    ...{ cd: false, rcode: 0, edns, answers: [], additionals: [] },
    questions: [{ name: apex, type, class: Class.IN }],
    authorities: have === null ? [] : [{ ...have, class: Class.IN }],
  });
}

/**
 * Sends a query and hands the messages of the answer to `onMessage` until that says that it was the
 * last. Null if it was; else why not, in words.
 */
async function exchange(
  server: ZoneServer,
  query: Uint8Array,
  limits: ClientLimits,
  onMessage: (octets: Uint8Array) => boolean,
): Promise<string | null> {
  const reasons: string[] = [];
  for (const address of server.remote.addresses) {
    const opened = await open(server.remote, address, limits.connectMs);
    if (typeof opened !== "string") return talk(opened, server.key, query, limits, onMessage);
    reasons.push(`${address.host}: ${opened}`);
  }
  return reasons.join("; ");
}

/** A connection that is ready to be written to, or why there is none. */
function open(
  remote: Remote,
  { host, port }: ServerAddress,
  connectMs: number,
): Promise<Socket | string> {
  const local = remote.source === null ? {} : { localAddress: remote.source };
  const { tls } = remote;
  const ca = tls === null || tls.ca === null ? null : readRegular(tls.ca, PEM_SIZE_MAX);
  if (typeof ca === "string") return Promise.resolve(`${tls!.ca}: ${ca}`);
  return new Promise((resolve) => {
    let socket: Socket;
    try {
      socket =
        tls === null
          ? connect({ host, port, ...local })
          : connectTls({
              ...{ host, port, ...local },
              servername: tls.hostname,
              ALPNProtocols: ["dot"],
              minVersion: "TLSv1.3",
              ...(ca === null ? {} : { ca: Buffer.from(ca) }),
            });
    } catch (error) {
      resolve(reasonOf(error));
      return;
    }
    const timer = setTimeout(() => end("no connection in time"), connectMs);
    const end = (result: Socket | string): void => {
      clearTimeout(timer);
      socket.removeAllListeners("error");
      socket.on("error", () => {});
      if (typeof result === "string") socket.destroy();
      resolve(result);
    };
    socket.once("error", (error) => end(reasonOf(error)));
    socket.once(tls === null ? "connect" : "secureConnect", () => end(socket));
  });
}

function talk(
  socket: Socket,
  key: TsigKey | null,
  query: Uint8Array,
  { idleMs }: ClientLimits,
  onMessage: (octets: Uint8Array) => boolean,
): Promise<string | null> {
  const nowSecs = (): number => Math.floor(Date.now() / 1000);
  const signed = key === null ? null : signRequest(query, key, nowSecs(), tsigCrypto);
  const verifier = key === null ? null : createVerifier(key, signed!.mac, tsigCrypto);
  const octets = signed?.octets ?? query;
  const framer = createFramer();
  return new Promise((resolve) => {
    let ended = false;
    const timer = setTimeout(() => end("no answer in time"), idleMs);
    const end = (reason: string | null): void => {
      if (ended) return;
      ended = true;
      clearTimeout(timer);
      socket.destroy();
      resolve(reason);
    };
    const take = (message: Uint8Array): void => {
      if (ended) return;
      timer.refresh();
      const check = verifier?.check(message, nowSecs());
      // C2
      if (check !== undefined && !check.good) {
        end(check.reason);
        return;
      }
      const isLast = onMessage(message);
      if (!isLast) return;
      end(verifier === null || verifier.mayEnd() ? null : "the last message is not signed");
    };
    socket.on("data", (chunk) => {
      // A copy: what is kept of a message must not be overwritten by the next chunk.
      const taken = pushChunk(framer, chunk, (all, at, size) => {
        take(all.slice(at, at + size));
        return true;
      });
      if (taken < 0) end("a message shorter than a header");
    });
    socket.on("close", () => end("the server closed the connection"));
    socket.write(Buffer.concat([Uint8Array.of(octets.length >> 8, octets.length & 0xff), octets]));
  });
}
