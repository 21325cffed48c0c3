// SPDX-License-Identifier: Apache-2.0
/** Endpoints to be probed: real HTTP servers that can be well, ill, silent or gone. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import { drawPort } from "./ports.ts";

export type Mood = "well" | "ill" | "silent" | "gone";

export interface WebEndpoint {
  readonly port: number;
  /** well: 200. ill: 500. silent: takes the request and never answers. gone: refuses connections. */
  become(mood: Mood): Promise<void>;
  /** Requests seen so far. */
  readonly seen: () => number;
}

/** A port of an endpoint that is gone must stay free for it. */
async function openSomewhere(open: (port: number) => Promise<number>): Promise<number> {
  for (;;) {
    try {
      return await open(drawPort());
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    }
  }
}

export async function startWeb(t: TestContext): Promise<WebEndpoint> {
  let mood: Mood = "well";
  let seen = 0;
  let server: Server | null = null;
  const open = (port: number): Promise<number> => {
    const opened = createServer((_request, response) => {
      seen += 1;
      if (mood === "silent") return;
      response.writeHead(mood === "ill" ? 500 : 200, { connection: "close" }).end();
    });
    server = opened;
    return new Promise((resolve, reject) => {
      opened.once("error", reject);
      opened.listen(port, "127.0.0.1", () => resolve((opened.address() as AddressInfo).port));
    });
  };
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      if (server === null) return resolve();
      server.close(() => resolve());
      server.closeAllConnections();
      server = null;
    });
  t.after(close);
  const port = await openSomewhere(open);
  return {
    port,
    seen: () => seen,
    become: async (next) => {
      mood = next;
      if (next === "gone") await close();
      else if (server === null) await open(port);
    },
  };
}
