// SPDX-License-Identifier: Apache-2.0
/**
 * Makes sure that nobody else listens on our addresses.
 *
 * The threads bind with SO_REUSEPORT, by which two servers of one user can share a port, and each
 * gets half of the queries without a word. A socket without that option is refused while anybody
 * listens, so one is opened and closed at each address before the first thread starts.
 */
import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import type { ListenAddress } from "../io/threads.ts";

/** Rejects with words for people, which name the address, if one of them cannot be had. */
export async function claimAddresses(addresses: readonly ListenAddress[]): Promise<void> {
  for (const address of addresses) {
    // The system finds a free port by itself.
    if (address.port === 0) continue;
    await tryUdp(address).catch((error) => refuse(address, "UDP", error));
    await tryTcp(address).catch((error) => refuse(address, "TCP", error));
  }
}

function tryUdp({ host, port, family }: ListenAddress): Promise<void> {
  const socket = createSocket({
    type: family === 6 ? "udp6" : "udp4",
    ipv6Only: family === 6,
    reuseAddr: false,
  });
  return new Promise((resolve, reject) => {
    socket.once("error", (error) => {
      socket.close();
      reject(error);
    });
    socket.bind({ address: host, port, exclusive: true }, () => socket.close(() => resolve()));
  });
}

function tryTcp({ host, port, family }: ListenAddress): Promise<void> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port, ipv6Only: family === 6, exclusive: true }, () =>
      server.close(() => resolve()),
    );
  });
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: "another program listens there",
  EACCES: "permission denied (ports below 1024 need CAP_NET_BIND_SERVICE)",
  EADDRNOTAVAIL: "this machine does not have the address",
};

function refuse({ host, port }: ListenAddress, transport: string, error: Error): never {
  const { code = "", message } = error as NodeJS.ErrnoException;
  const where = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  throw new Error(`cannot listen on ${where} (${transport}): ${REASONS[code] ?? message}`);
}
