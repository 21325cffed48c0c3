// SPDX-License-Identifier: Apache-2.0
/**
 * Where the command line runs: streams, environment, folder and the end of the process, as a value.
 *
 * A test gives a record that collects text; the process gives itself. `exit` and `finish` are two,
 * because a usage error ends at once, while a verb that is done lets its output drain and a server
 * that is serving goes on.
 */
import { existsSync } from "node:fs";
import { wantsColour } from "./report.ts";

export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Whether each stream is shown to a person. */
  readonly outIsTerminal: boolean;
  readonly errIsTerminal: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The working folder, absolute. */
  readonly folder: string;
  readonly exists: (path: string) => boolean;
  /** Ends at once. */
  readonly exit: (code: number) => never;
  /** Ends with this code when nothing is left to do. */
  readonly finish: (code: number) => void;
}

export type ColourWish = "auto" | "always" | "never";

/** The terminal of this process. */
export function processTerminal(): Terminal {
  // A reader such as `head` that has seen enough is no failure.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") process.exit(process.exitCode ?? 0);
      throw error;
    });
  }
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    outIsTerminal: process.stdout.isTTY === true,
    errIsTerminal: process.stderr.isTTY === true,
    environment: process.env,
    folder: process.cwd(),
    exists: existsSync,
    exit: (code) => process.exit(code),
    finish: (code) => {
      process.exitCode = code;
    },
  };
}

/** Whether text on `stream` is coloured. */
export function isColoured(terminal: Terminal, stream: "out" | "err", wish: ColourWish): boolean {
  if (wish !== "auto") return wish === "always";
  const isTTY = stream === "out" ? terminal.outIsTerminal : terminal.errIsTerminal;
  return wantsColour({ isTTY }, terminal.environment);
}
