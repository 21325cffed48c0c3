// SPDX-License-Identifier: Apache-2.0
/**
 * Makes sure that nobody else listens on our addresses or works in our state folder.
 *
 * The threads bind with SO_REUSEPORT, by which two servers of one user can share a port, and each
 * gets half of the queries without a word. A socket without that option is refused while anybody
 * listens, so one is opened and closed at each address before the first thread starts.
 *
 * A state folder is claimed by a file with the number of the process and the time of its start: a
 * number alone is given to another process after a while, and to the same one in every container.
 * From another container that process cannot be seen, so the control socket is called as well.
 */
import { createSocket } from "node:dgram";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { reasonOf } from "../base/reason.ts";
import type { ListenAddress } from "../io/threads.ts";

/** Rejects with words for people, which name the address, if one of them cannot be had. */
export async function claimAddresses(
  addresses: readonly ListenAddress[],
  transports: readonly ("UDP" | "TCP")[] = ["UDP", "TCP"],
): Promise<void> {
  for (const address of addresses) {
    // The system finds a free port by itself.
    if (address.port === 0) continue;
    for (const transport of transports) {
      const tried = transport === "UDP" ? tryUdp(address) : tryTcp(address);
      await tried.catch((error) => refuse(address, transport, error));
    }
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

/** Name of the file in the state folder that says whose it is. */
export const CLAIM_NAME = "azimuth.pid";

/**
 * Claims a state folder for this process; gives what gives it back. Rejects with words for people,
 * which name the other process, if another server works there.
 */
export async function claimFolder(folder: string, socketName: string): Promise<() => void> {
  const file = join(folder, CLAIM_NAME);
  const mine = `${process.pid} ${identityOf(process.pid)}\n`;
  try {
    for (let tries = 0; ; tries += 1) {
      try {
        writeFileSync(file, mine, { flag: "wx", mode: 0o640 });
        break;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST" || tries >= 3) throw error;
      }
      const pid = livingOwner(file);
      if (pid !== null) throw taken(folder, `process ${pid}`);
      rmSync(file, { force: true });
    }
  } catch (error) {
    if (error instanceof Taken) throw error;
    throw new Error(`cannot write into the state folder ${folder}: ${reasonOf(error)}`);
  }
  const release = (): void => {
    if (readOr(file) === mine) rmSync(file, { force: true });
  };
  if (await answers(join(folder, socketName))) {
    release();
    throw taken(folder, "a process that this one cannot see");
  }
  return release;
}

class Taken extends Error {}

function taken(folder: string, who: string): Taken {
  return new Taken(`another server works in the state folder ${folder}: ${who}`);
}

/** The process that claimed the folder, if it lives; null for what it left behind. */
function livingOwner(file: string): number | null {
  const [first = "", identity = ""] = readOr(file).trim().split(" ");
  const pid = Number(first);
  if (!Number.isSafeInteger(pid) || pid <= 0) return null;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return null;
  }
  return identity === identityOf(pid) ? pid : null;
}

/** Boot and start time of a process: no other one has both. Empty where the system does not say. */
function identityOf(pid: number): string {
  // The name in parentheses may hold anything; the start time is the 20th word behind it.
  const stat = readOr(`/proc/${pid}/stat`);
  const start = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  return start === "" ? "" : `${readOr("/proc/sys/kernel/random/boot_id").trim()}/${start}`;
}

function readOr(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    // Whatever else is wrong with it is found by who binds it.
    socket.once("error", () => resolve(false));
  });
}
