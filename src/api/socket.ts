// SPDX-License-Identifier: Apache-2.0
/**
 * The place of a Unix socket: free, stale or taken.
 *
 * A server that was killed leaves its socket file behind, and binding to it fails. Removing it
 * blindly would cut off a server that is still running, so somebody is called first: only a file at
 * which nobody answers is removed. Anything that is not a socket is left alone.
 *
 * unix(7): `sun_path` has 108 octets, the last of which is a zero.
 */
import { lstatSync, unlinkSync } from "node:fs";
import { connect } from "node:net";

/** Name of the control socket in the state folder. */
export const CONTROL_SOCKET_NAME = "control.sock";

/** Octets; longer paths would be cut by the system without a word. */
export const SOCKET_PATH_MAX = 107;

/** Makes the path free to bind, or rejects with an error whose message is for people. */
export async function freeSocketPath(path: string): Promise<void> {
  const size = new TextEncoder().encode(path).length;
  if (size > SOCKET_PATH_MAX) {
    throw new Error(
      `the path of the control socket has ${size} octets and may have ${SOCKET_PATH_MAX}: ${path}`,
    );
  }
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) throw new Error(`${path} is there and is no socket`);
  if (await answers(path)) throw new Error(`another server listens on ${path}`);
  unlinkSync(path);
}

/** Whether somebody accepts connections; rejects where this cannot be told. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNREFUSED" || error.code === "ENOENT") resolve(false);
      else reject(new Error(`cannot tell who listens on ${path}: ${error.message}`));
    });
  });
}
