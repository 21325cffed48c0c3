// SPDX-License-Identifier: Apache-2.0
/** Addresses of other servers as operators write them: `192.0.2.1`, `192.0.2.1:5353`, `[2001:db8::1]:53`. */
import { parseAddress, printAddress } from "../geo/prefix.ts";

export interface ServerAddress {
  /** In canonical form. */
  readonly host: string;
  readonly port: number;
}

/** The address, with `port` where none is written; or what is wrong with it. */
export function parseServer(text: string, port: number): ServerAddress | string {
  const bracketed = /^\[([^\]]*)\](?::(\d{1,5}))?$/.exec(text);
  const plain = /^([\d.]+):(\d{1,5})$/.exec(text);
  const host = bracketed?.[1] ?? plain?.[1] ?? text;
  const address = parseAddress(host);
  if (address === null) return "no IP address, nor one with a port";
  const written = bracketed?.[2] ?? plain?.[2];
  const number = written === undefined ? port : Number(written);
  if (number < 1 || number > 65_535) return "the port is none of 1 to 65535";
  return { host: printAddress(address.octets), port: number };
}
