// SPDX-License-Identifier: Apache-2.0
/**
 * The log: one JSON object per line, to stderr, the same from every thread.
 *
 * Each thread makes its own log with `createLog` and writes to file descriptor 2 itself. The obvious
 * other way, a logging thread, loses the last lines of a thread that dies, and those are the ones
 * that matter. Lines are written synchronously and whole, so threads do not cut into each other;
 * that is affordable because nothing is logged per packet.
 *
 * Secrets are found by the name of the field, at any depth, rather than by a list of paths: a list
 * is complete only until somebody logs a new object.
 *
 * Invariants
 *   L1  A field whose name says secret is never written, whatever its value.
 *   L2  Every line has `time` in ISO 8601, `level` as a word and `thread`.
 *   L3  Logging never throws for the shape of what is logged: depth is bounded, cycles end.
 */
import { createRequire } from "node:module";
import { isatty } from "node:tty";
import { type DestinationStream, type Logger, pino } from "pino";

export type Log = Logger;

export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LogOptions {
  /** Name of the thread: `main`, `control`, `udp-0`. Becomes a field of every line. */
  readonly thread: string;
  readonly level?: LogLevel;
  /** `auto` is pretty only on a terminal, and only where pino-pretty is installed. */
  readonly format?: "auto" | "json" | "pretty";
  /** Fields of every line, such as the server's name. */
  readonly base?: Readonly<Record<string, unknown>>;
  /** Where lines go; stderr if absent. Given, it gets JSON unless `pretty` is asked for. */
  readonly destination?: DestinationStream;
}

/** Makes the log of the calling thread. */
export function createLog(options: LogOptions): Log {
  const config = {
    level: options.level ?? "info",
    base: redact({ ...options.base, thread: options.thread }),
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: {
      level: (label: string) => ({ level: label }),
      log: redact,
    },
    serializers: {
      // Libraries hang requests and options onto their errors: those are searched as well.
      err: (error: unknown) =>
        error instanceof Error ? redact({ ...pino.stdSerializers.err(error) }) : error,
    },
  };
  const log = pino(config, destinationOf(options));
  // The fields of a child pass no formatter of pino; its prototype is this log, so one cover does.
  const child = log.child;
  log.child = function (this: Log, bindings: Record<string, unknown>, childOptions) {
    return child.call(this, redact(bindings), childOptions);
  } as typeof log.child;
  return log;
}

/** Whether a text names a level; for options, whose check belongs to their own room. */
export function isLogLevel(text: string): text is LogLevel {
  return (LOG_LEVELS as readonly string[]).includes(text);
}

export const REDACTED = "[redacted]";

/** Depth below which a value is not searched but left out: deeper is a mistake of the caller. */
const DEPTH_MAX = 8;

/** Names of fields that hold secrets, compared without case, `-` and `_`. */
const SECRET_NAME =
  /^(.*(secret|password|passwd|passphrase|token|credentials?)|(private|api|tsig|signing)key|authorization|cookie|setcookie)$/;

/** A copy of `fields` in which every secret is replaced. */
export function redact(fields: Record<string, unknown>): Record<string, unknown> {
  return redactRecord(fields, 0);
}

function redactRecord(fields: object, depth: number): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    const secret = SECRET_NAME.test(name.toLowerCase().replaceAll(/[-_]/g, ""));
    // The serializer takes the error at `err`; copied here it would lose its message and stack.
    if (name === "err" && depth === 0 && value instanceof Error) copy[name] = value;
    else copy[name] = secret ? REDACTED : redactValue(value, depth + 1);
  }
  return copy;
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value === "bigint") return String(value);
  if (typeof value !== "object" || value === null) return value;
  // Message and name are not enumerable: taken field by field an error would come out empty.
  if (value instanceof Error) return { type: value.name, message: value.message };
  if (value instanceof Date) return value;
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} octets]`;
  if (depth >= DEPTH_MAX) return "[deep]";
  if (Array.isArray(value)) return value.map((item) => redactValue(item, depth + 1));
  return redactRecord(value, depth);
}

function destinationOf(options: LogOptions): DestinationStream {
  const format = options.format ?? "auto";
  const terminal = options.destination === undefined && isatty(2);
  const destination = options.destination ?? pino.destination({ dest: 2, sync: true });
  if (format === "pretty" || (format === "auto" && terminal)) {
    return prettyStream(destination, terminal) ?? destination;
  }
  return destination;
}

/** Puts lines into a form for people, or gives null where pino-pretty is not installed. */
function prettyStream(destination: DestinationStream, colorize: boolean): DestinationStream | null {
  let module: { prettyFactory: (options: object) => (line: string) => string };
  try {
    module = createRequire(import.meta.url)("pino-pretty") as typeof module;
  } catch {
    return null;
  }
  const pretty = module.prettyFactory({
    colorize,
    ignore: "thread",
    translateTime: "SYS:HH:MM:ss.l",
    messageFormat: "{thread}: {msg}",
  });
  return { write: (line: string) => destination.write(pretty(line)) };
}
