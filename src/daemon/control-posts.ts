// SPDX-License-Identifier: Apache-2.0
/**
 * The control thread and the prober, as the main thread starts them, and the channel between the
 * two, which is made anew when either starts.
 *
 * Whoever of the two starts first makes the channel; the end that is left waits here for the other.
 * The main thread keeps the last good configuration for a control thread to come (messages.ts).
 */
import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import type { NodeConfig } from "../config/node.ts";
import type { Log } from "../telemetry/log.ts";
import type { Entries } from "./entries.ts";
import type { ControlCommand, ControlData, ControlReport, LastGood } from "./messages.ts";
import { firstMessage, type Post, type Posts } from "./posts.ts";

/** The control thread speaks four times a second; after this silence it hangs. Milliseconds. */
const SILENCE_MS_MAX = 30_000;

export interface ControlPosts {
  /** Says it to the control thread, if there is one at the moment. */
  send(command: ControlCommand, transfer?: readonly MessagePort[]): void;
  /** Starts both; resolves with the addresses of the API when that listens. */
  start(data: Omit<ControlData, "prober" | "lastGood">): Promise<readonly string[]>;
  /** No more looks after them. */
  close(): void;
}

/**
 * `onServing` is called whenever the control thread says that a table is in force,
 * `onUp` whenever it takes commands after a start.
 */
export function createControlPosts(
  entries: Pick<Entries, "control" | "prober">,
  posts: Posts,
  log: Log,
  onServing: () => void,
  onUp: () => void = () => {},
  onConfigured: () => void = () => {},
): ControlPosts {
  let control: Post | null = null;
  let forControl: MessagePort | null = null;
  let forProber: MessagePort | null = null;
  let heardAt = Date.now();
  let watchdog: NodeJS.Timeout | null = null;

  const send = (command: ControlCommand, transfer: readonly MessagePort[] = []): void =>
    control?.worker?.postMessage(command, [...transfer]);

  const startProber = (): Worker => {
    let port = forProber;
    forProber = null;
    if (port === null) {
      const channel = new MessageChannel();
      port = channel.port2;
      if (control === null || control.worker === null) forControl = channel.port1;
      else send({ kind: "prober", port: channel.port1 }, [channel.port1]);
    }
    const options = { workerData: { port }, transferList: [port], name: "prober" };
    const worker = new Worker(entries.prober, options);
    worker.on("message", () => posts.running(prober));
    return worker;
  };
  const prober = posts.add("prober", startProber);

  const addControl = (given: Omit<ControlData, "prober" | "lastGood">): Post => {
    let { node } = given;
    let lastGood: LastGood | null = null;
    const post = posts.add("control", () => {
      let port = forControl;
      forControl = null;
      if (port === null) {
        const channel = new MessageChannel();
        port = channel.port1;
        forProber = channel.port2;
      }
      const data: ControlData = { ...given, node, lastGood, prober: port };
      const options = { workerData: data, transferList: [port], name: "control" };
      const worker = new Worker(entries.control, options);
      heardAt = Date.now();
      worker.on("message", (report: ControlReport) => {
        heardAt = Date.now();
        if (report.kind === "ready") {
          node = withApiPort(node, report.api);
          posts.running(post);
          onUp();
        } else if (report.kind === "configured") {
          // The first is what the threads were started with.
          if (lastGood !== null) onConfigured();
          lastGood = report.lastGood;
        } else if (report.kind === "alive" && report.serving) onServing();
      });
      // Its end of an old channel is gone: the prober ends by itself, and finds the new one.
      return worker;
    });
    return post;
  };

  const look = (): void => {
    if (Date.now() - heardAt < SILENCE_MS_MAX) return;
    heardAt = Date.now();
    log.error({ thread: "control" }, "thread hangs, is ended");
    void control?.worker?.terminate();
  };

  return {
    send,
    async start(data) {
      control = addControl(data);
      const first = posts.run(control);
      posts.run(prober);
      const api = await firstMessage(first, (message) => {
        const ready = message as ControlReport;
        return ready.kind === "ready" ? ready.api : null;
      });
      watchdog = setInterval(look, 1000);
      watchdog.unref();
      return api;
    },
    close() {
      if (watchdog !== null) clearInterval(watchdog);
    },
  };
}

/** The API keeps the port that the system chose for it, so that a restart is not noticed. */
function withApiPort(node: NodeConfig, bound: readonly string[]): NodeConfig {
  const url = bound.find((address) => address.startsWith("http://"));
  if (node.api === null || url === undefined) return node;
  return { ...node, api: { ...node.api, port: Number(new URL(url).port) || 80 } };
}
