// SPDX-License-Identifier: Apache-2.0
/**
 * The limits: responders that look nothing up. `bare` is C++ with recvmmsg and sendmmsg, what the
 * system can move at all; `bare-dgram` is what node:dgram can move. Nobody serves names faster.
 */
import { join } from "node:path";
import { BARE_PROGRAM } from "../../load/load.ts";
import type { PeerServer } from "../kinds.ts";

const BARE_DGRAM = join(import.meta.dirname, "../../bare-dgram.ts");

export const bare: PeerServer = {
  name: "bare",
  doc: "the limit: recvmmsg, one fixed record, sendmmsg",
  programs: [],
  files: { [BARE_PROGRAM]: "" },
  packages: [],
  workloads: ["W1", "W2", "W3"],
  answers: "no",
  notes: ["every question gets one A record; receive buffer 4 MiB"],
  version: [],
  configure: ({ port }) => ({
    command: [BARE_PROGRAM, "--listen", `127.0.0.1:${port}`],
    reload: { by: "itself" },
  }),
};

export const bareDgram: PeerServer = {
  name: "bare-dgram",
  doc: "the limit of node:dgram: one fixed record",
  programs: [],
  packages: [],
  workloads: ["W1", "W2"],
  answers: "no",
  notes: ["every question gets one A record; receive buffer 4 MiB"],
  version: [],
  configure: ({ port }) => ({
    command: [process.execPath, BARE_DGRAM, String(port)],
    reload: { by: "itself" },
  }),
};
