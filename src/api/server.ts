// SPDX-License-Identifier: Apache-2.0
/**
 * Starts the API: the same routes over HTTP on loopback and on a Unix socket.
 *
 * Read this first. Two listeners, because they serve two kinds of clients: scrapers and probes of
 * the machine speak TCP; the command line finds the socket in the state folder, where the rights of
 * the file say who may use it.
 *
 * Invariants
 *   V1  Without authentication nothing listens where another machine could reach it.
 *   V2  The socket file has mode 0600 and is gone after `close`.
 *   V3  Either all listeners that were asked for are open, or none is.
 */
import { chmodSync } from "node:fs";
import type { FastifyInstance } from "fastify";
import type { Breach } from "../base/assert.ts";
import { type ApiLog, createApp } from "./app.ts";
import { isLoopbackAddress } from "./guard.ts";
import { freeSocketPath } from "./socket.ts";
import type { ControlView } from "./view.ts";

export interface ApiOptions {
  readonly view: ControlView;
  /** An address, not a name; port 0 lets the system choose. Null for no HTTP over TCP. */
  readonly listen: { readonly host: string; readonly port: number } | null;
  /** Path of the control socket; null for none. Its folder must exist. */
  readonly socketPath: string | null;
  readonly log: ApiLog;
  /** Gets a breach of a route after its request was answered; throws it to the thread unless given. */
  readonly onBreach?: (error: Breach) => void;
}

export interface Api {
  /** `http://127.0.0.1:8443` and `unix:/var/lib/azimuth/control.sock`, as far as asked for. */
  readonly addresses: readonly string[];
  /** Stops listening and cuts connections; may be called twice. */
  close(): Promise<void>;
}

/**
 * Opens the listeners. Rejects with an error whose message is for people if one cannot be opened:
 * an address that others can reach, a taken port or socket, a path that is too long.
 */
export async function startApi(options: ApiOptions): Promise<Api> {
  const apps: FastifyInstance[] = [];
  const addresses: string[] = [];
  const close = async () => {
    await Promise.all(apps.splice(0).map((app) => app.close()));
  };
  try {
    if (options.listen !== null) addresses.push(await openTcp(options, options.listen, apps));
    if (options.socketPath !== null) {
      addresses.push(await openSocket(options, options.socketPath, apps));
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { addresses, close };
}

async function openTcp(
  options: ApiOptions,
  { host, port }: { readonly host: string; readonly port: number },
  apps: FastifyInstance[],
): Promise<string> {
  if (!isLoopbackAddress(host)) {
    throw new Error(
      `the API may not listen on ${host}: it asks for no password, so it listens on a loopback address such as 127.0.0.1 only`,
    );
  }
  const app = createApp({ ...options, address: host });
  apps.push(app);
  try {
    return await app.listen({ host, port });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === "EADDRINUSE" ? "another program listens there" : message;
    throw new Error(`the API cannot listen on ${host} port ${port}: ${reason}`);
  }
}

async function openSocket(
  options: ApiOptions,
  path: string,
  apps: FastifyInstance[],
): Promise<string> {
  await freeSocketPath(path);
  const app = createApp({ ...options, address: null });
  apps.push(app);
  try {
    await app.listen({ path });
  } catch (error) {
    throw new Error(`cannot listen on ${path}: ${(error as Error).message}`);
  }
  // Between listening and this line the umask rules, which on every common system lets nobody else
  // write; a umask of one's own would be shared with the other threads, and worker threads have none.
  chmodSync(path, 0o600);
  return `unix:${path}`;
}
