// SPDX-License-Identifier: Apache-2.0
/**
 * The transfer thread, as the main thread starts it, and its channels to the readers and to the
 * control thread, each made anew whenever one of its two ends is started again.
 *
 * Both ends are told only when both are there: a thread that is given a channel has somebody at the
 * other end. A thread that dies takes its ends with it; who is left sees its port close.
 */
import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import type { NodeConfig } from "../config/node.ts";
import type { Memory } from "../io/memory.ts";
import type { ReaderOrder } from "../io/threads.ts";
import { goOffline } from "../table/publish.ts";
import type { TransferCommand, TransferData, TransferMessage } from "./messages.ts";
import { firstMessage, type Post, type Posts } from "./posts.ts";

export interface TransferPosts {
  /** Starts the thread; resolves when it takes requests. `reader` is its number among the readers. */
  start(reader: number): Promise<void>;
  /** The reader of that name takes messages now. */
  readerIsUp(name: string): void;
  /** The control thread takes messages now; `send` speaks to it. */
  controlIsUp(send: (port: MessagePort) => void): void;
}

export function createTransferPosts(
  entry: URL,
  node: NodeConfig,
  memory: Memory,
  posts: Posts,
): TransferPosts {
  const readers = new Set<string>();
  let toControl: ((port: MessagePort) => void) | null = null;
  let post: Post | null = null;
  let up = false;

  const say = (command: TransferCommand & { readonly port: MessagePort }): void =>
    post?.worker?.postMessage(command, [command.port]);

  const linkReader = (name: string): void => {
    const worker = posts.threads.get(name);
    if (!up || worker === undefined) return;
    const { port1, port2 } = new MessageChannel();
    const link: ReaderOrder = { kind: "slow", port: port1 };
    worker.postMessage(link, [port1]);
    say({ kind: "slow", name, port: port2 });
  };

  const linkControl = (): void => {
    if (!up || toControl === null) return;
    const { port1, port2 } = new MessageChannel();
    toControl(port1);
    say({ kind: "control", port: port2 });
  };

  return {
    async start(reader) {
      const data: TransferData = {
        memory: memory.shared,
        reader,
        stateFolder: node.stateFolder,
        logLevel: node.logLevel,
        udpSizeMax: node.udpPayloadSizeMax,
      };
      const begin = (): Worker => {
        const worker = new Worker(entry, { workerData: data, name: "transfer" });
        worker.on("message", ({ kind }: TransferMessage) => {
          if (kind !== "ready") return;
          up = true;
          if (post !== null) posts.running(post);
          for (const name of readers) linkReader(name);
          linkControl();
        });
        return worker;
      };
      post = posts.add("transfer", begin, () => {
        up = false;
        // A dead reader holds nothing back (P4).
        goOffline(memory.control, reader);
      });
      await firstMessage(posts.run(post), (message) =>
        (message as TransferMessage).kind === "ready" ? true : null,
      );
    },
    readerIsUp(name) {
      readers.add(name);
      linkReader(name);
    },
    controlIsUp(send) {
      toControl = send;
      linkControl();
    },
  };
}
