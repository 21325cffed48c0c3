// SPDX-License-Identifier: Apache-2.0
/** A terminal that collects text, actions that note their calls, and a server behind a socket. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readers } from "../../../src/api/schemas.ts";
import { startApi } from "../../../src/api/server.ts";
import type { ControlView } from "../../../src/api/view.ts";
import type { Actions } from "../../../src/cli/actions.ts";
import { runProgram } from "../../../src/cli/program.ts";
import type { Terminal } from "../../../src/cli/terminal.ts";
import { logOf, story } from "../api/sample.ts";

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Ends a command at once, as `process.exit` would. */
class Ended extends Error {
  readonly code: number;
  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}

export interface FakeTerminal extends Terminal {
  readonly told: { out: string; err: string; finished: number | null };
}

export function fakeTerminal(changes: Partial<Terminal> = {}): FakeTerminal {
  const told = { out: "", err: "", finished: null as number | null };
  return {
    told,
    out: (text) => {
      told.out += text;
    },
    err: (text) => {
      told.err += text;
    },
    outIsTerminal: false,
    errIsTerminal: false,
    environment: {},
    folder: "/etc/here",
    exists: (path) => path === "/etc/here/azimuth.yaml",
    exit: (code) => {
      throw new Ended(code);
    },
    finish: (code) => {
      told.finished = code;
    },
    ...changes,
  };
}

export function fakeActions(changes: Partial<Actions> = {}): Actions {
  return {
    version: "0.1.0",
    readers,
    serve: async () => 0,
    check: async () => ({ faults: [], summary: { zones: 3, policies: 2 } }),
    compile: async (_, out) => ({
      faults: [],
      written: { file: out, octets: 4096, digest: "c0ffee" },
    }),
    explainOffline: async () => story,
    checkZone: async ({ apex }) => ({
      faults: [],
      zone: { apex, serial: 7, records: 12, owners: 5, signed: false },
    }),
    diffZone: async () => ({ faults: [], lines: [] }),
    importConfig: async (from) => ({
      yaml: "zones: {}\n",
      notes:
        from === "nsd"
          ? []
          : [{ file: "/etc/here/named.conf", line: 3, text: "view is not mapped" }],
    }),
    controlSocket: async () => null,
    ...changes,
  };
}

/** Runs a command line of words without spaces in them. */
export async function run(
  line: string,
  actions: Partial<Actions> = {},
  terminal: Partial<Terminal> = {},
): Promise<Ran> {
  const fake = fakeTerminal(terminal);
  const args = line.split(" ").filter((word) => word !== "");
  try {
    const code = await runProgram(fakeActions(actions), args, fake);
    return { code, out: fake.told.out, err: fake.told.err };
  } catch (error) {
    if (!(error instanceof Ended)) throw error;
    return { code: error.code, out: fake.told.out, err: fake.told.err };
  }
}

/** A server behind a socket in a folder of its own. */
export async function serveView(
  view: ControlView,
): Promise<{ readonly socketPath: string; readonly close: () => Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), "azimuth-cli-"));
  const socketPath = join(folder, "control.sock");
  const api = await startApi({ view, listen: null, socketPath, log: logOf() });
  const close = async () => {
    await api.close();
    rmSync(folder, { recursive: true });
  };
  return { socketPath, close };
}
