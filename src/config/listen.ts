// SPDX-License-Identifier: Apache-2.0
/**
 * Listen addresses: `127.0.0.1:5300`, `[::1]:5300`, `*:53`, `:53`.
 *
 * Strict, since a server on the wrong address is found by its users: the port is always written, an
 * IPv6 address stands in brackets, and no host names are looked up. A wildcard means every address
 * that the machine has at start; the daemon binds each one by itself, so that a UDP answer leaves
 * from the address that was asked (RFC 2181 §4).
 */
import { parseAddress, printAddress } from "../geo/prefix.ts";

export interface ListenAddress {
  readonly family: 4 | 6;
  /** In canonical form; 0.0.0.0 or :: if `every`. */
  readonly address: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Stands for every address of this family that the machine has at start. */
  readonly every: boolean;
}

/** What an address means; a text says why it means nothing. `*:53` and `:53` are both families. */
export function parseListen(text: string): readonly ListenAddress[] | string {
  const match = /^(\[[^\]]*\]|[^:[\]]*):(\d{1,5})$/.exec(text);
  if (match === null) {
    if (parseAddress(text) !== null) return `${text} has no port, as in ${withPort(text)}`;
    return `${JSON.stringify(text)} is no address with a port, such as 192.0.2.1:53 or [::1]:53`;
  }
  const [, host = "", portText = ""] = match;
  const port = Number(portText);
  if (port > 65_535) return `${port} is no port: the greatest is 65535`;
  if (host === "" || host === "*") {
    return [
      { family: 4, address: "0.0.0.0", port, every: true },
      { family: 6, address: "::", port, every: true },
    ];
  }
  const isBracketed = host.startsWith("[");
  const address = parseAddress(isBracketed ? host.slice(1, -1) : host);
  if (address === null || isBracketed !== (address.family === 6)) {
    return `${JSON.stringify(host)} is no IP address`;
  }
  const canonical = printAddress(address.octets);
  const every = address.octets.every((octet) => octet === 0);
  return [{ family: address.family, address: canonical, port, every }];
}

function withPort(address: string): string {
  return address.includes(":") ? `[${address}]:53` : `${address}:53`;
}

/** 127.0.0.0/8 and ::1: reached by nobody outside of the machine. */
export function isLoopback(listen: ListenAddress): boolean {
  if (listen.every) return false;
  return listen.family === 4 ? listen.address.startsWith("127.") : listen.address === "::1";
}

/** The text that `parseListen` reads. */
export function listenText(listen: ListenAddress): string {
  const host = listen.family === 6 ? `[${listen.address}]` : listen.address;
  return `${host}:${listen.port}`;
}
