// SPDX-License-Identifier: Apache-2.0
/**
 * Who may talk to a server that asks for no password: only programs of this machine, and among them
 * no web page of somebody else.
 *
 * A listener on loopback is out of reach of the network, but not of a browser on the same machine.
 * Two checks keep strange pages out:
 *
 *   G1  The header Host names this machine. A page that had its own name resolved to 127.0.0.1 (DNS
 *       rebinding) sends its own name; the answer is 421.
 *   G2  A request that changes something carries no Origin but our own. A page may send such a
 *       request without seeing the answer (request forgery); the answer is 403.
 *
 * A request without a Host is let through: only HTTP/1.0 may have none, and no browser speaks it.
 *
 * RFC 9110 §7.2, §7.4; RFC 6454 §7.
 */
import { parseAddress, printAddress } from "../geo/prefix.ts";
import { problemReply, type Reply } from "./problem.ts";

export interface GuardedRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** Why a request that came in by TCP is refused, or null. `address` is the listener's own. */
export function refuseStranger(request: GuardedRequest, address: string): Reply | null {
  const host = request.headers["host"];
  if (typeof host === "string" && !isOurs(hostOf(host), address)) {
    const detail = `The host ${JSON.stringify(host)} is not served here: use localhost or ${address}.`;
    return problemReply(421, detail);
  }
  if (request.method === "GET" || request.method === "HEAD") return null;
  const origin = request.headers["origin"];
  if (origin !== undefined && origin !== `http://${String(host)}`) {
    return problemReply(403, `Pages of ${JSON.stringify(origin)} may not change anything here.`);
  }
  return null;
}

/** 127.0.0.0/8 or ::1, written as an address. */
export function isLoopbackAddress(text: string): boolean {
  const address = parseAddress(text);
  if (address === null) return false;
  return address.family === 4 ? address.octets[0] === 127 : printAddress(address.octets) === "::1";
}

function isOurs(host: string, address: string): boolean {
  return host === "localhost" || host === address || isLoopbackAddress(host);
}

/** The host of `host:port` in lower case, without port, brackets and final dot. */
function hostOf(text: string): string {
  const match = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::\d{1,5})?$/.exec(text);
  return (match?.[1] ?? match?.[2] ?? "").toLowerCase().replace(/\.$/, "");
}
