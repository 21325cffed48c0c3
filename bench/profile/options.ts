// SPDX-License-Identifier: Apache-2.0
/** The options of `npm run profile`: which there are, what they may be, what they become. */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { hasCommand } from "../kit.ts";

/** Nothing that is worth a profile takes longer to show, and a profile grows with time. */
const SECONDS_MAX = 120;

export interface ProfileOptions {
  readonly seconds: number;
  /** Queries per second at most; 0 for as many as the server answers. */
  readonly rate: number;
  readonly workload: "static" | "steered" | "mixed";
  readonly names: number;
  /** Lines of the section `node`. */
  readonly nodeLines: readonly string[];
  readonly generator: "dnsperf" | "own";
  readonly intervalUs: number;
  readonly top: number;
  /** Whether perf records as well. */
  readonly perf: boolean;
}

export const USAGE = `npm run profile -- [options]

  --seconds n     how long the load lasts; 5, at most ${SECONDS_MAX}
  --rate n        queries per second at most; without it as many as the server answers
  --kernel k      auto, native or ts; as the server chooses without it
  --pump p        auto, native or dgram; as the server chooses without it
  --workload w    static, steered or mixed (half of each); mixed
  --names n       records of the zone; 20000
  --generator g   dnsperf or own; dnsperf if it is installed
  --interval n    microseconds from sample to sample; 1000
  --top n         functions in each table; 15
  --perf          records with perf as well: needed to see into the addon
  --out folder    where the folder of this profile is made; ./profiles
`;

const CHOICES = {
  kernel: ["auto", "native", "ts"],
  pump: ["auto", "native", "dgram"],
  workload: ["static", "steered", "mixed"],
  generator: ["dnsperf", "own"],
} as const;

/** The options of a command line; a text that says what is wrong with it. */
export function readOptions(
  args: readonly string[],
): { readonly options: ProfileOptions; readonly out: string; readonly describe: string } | string {
  const text = { type: "string" } as const;
  const numbers = {
    seconds: "5",
    rate: "0",
    names: "20000",
    interval: "1000",
    top: "15",
  };
  const values: Record<string, string | boolean | undefined> = { ...numbers };
  try {
    const keys = [...Object.keys(CHOICES), ...Object.keys(numbers), "out"];
    const known = Object.fromEntries(keys.map((key) => [key, text]));
    const flag = { type: "boolean" } as const;
    const options = { ...known, help: flag, perf: flag };
    Object.assign(values, parseArgs({ args: [...args], options }).values);
  } catch (error) {
    return (error as Error).message.split("\n")[0]!;
  }
  if (values["help"] === true) return "";
  for (const [key, choices] of Object.entries(CHOICES)) {
    const value = values[key];
    if (value !== undefined && !(choices as readonly unknown[]).includes(value)) {
      return `--${key} is one of ${choices.join(", ")}`;
    }
  }
  for (const key of Object.keys(numbers)) {
    if (!/^\d+$/.test(String(values[key]))) return `--${key} is a whole number`;
  }
  const number = (key: keyof typeof numbers): number => Number(values[key]);
  if (number("seconds") < 1 || number("seconds") > SECONDS_MAX) {
    return `--seconds is 1 to ${SECONDS_MAX}`;
  }
  if (number("names") < 1) return "--names is at least 1";
  if (values["perf"] === true && !hasCommand("perf"))
    return "perf is missing (Debian package linux-perf)";
  const workload = (values["workload"] ?? "mixed") as ProfileOptions["workload"];
  const chosen = (["kernel", "pump"] as const).filter((key) => values[key] !== undefined);
  const options: ProfileOptions = {
    seconds: number("seconds"),
    rate: number("rate"),
    workload,
    names: number("names"),
    // Only what was asked for: programs of other days do not know the keys.
    nodeLines: chosen.map((key) => `${key}: ${values[key]}`),
    generator: (values["generator"] ?? (hasCommand("dnsperf") ? "dnsperf" : "own")) as "dnsperf",
    intervalUs: Math.max(50, number("interval")),
    top: number("top"),
    perf: values["perf"] === true,
  };
  const parts = [workload, ...chosen.map((key) => `${key} ${values[key]}`), options.generator];
  const out = resolve(String(values["out"] ?? "profiles"));
  return { options, out, describe: parts.join(", ") };
}
