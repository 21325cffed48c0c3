// SPDX-License-Identifier: Apache-2.0
/**
 * A tree of files in which programs run as in a container: its own root folder, processes and
 * mounts. The network is the machine's. Needs root.
 *
 * All mounts are made in a namespace of the program that runs, so they end with it, and nothing is
 * left in the machine's own table of mounts whatever happens here.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

export interface Invocation {
  /** Root folder, a path of the machine. */
  readonly root: string;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Name of a user of that tree. */
  readonly user: string;
  /** The rights of a container that was given no more than the one for low ports. */
  readonly confined: boolean;
}

/** argv that runs it: new namespaces, then the root, then the user; the program is process 1. */
function argvOf({ root, command, cwd, user, confined }: Invocation): readonly string[] {
  const mounts = `mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" && exec chroot "$0" "$@"`;
  const namespaces = ["--mount", "--pid", "--fork", "--kill-child", "--propagation", "private"];
  const rights = confined
    ? ["--bounding-set=-all,+net_bind_service", "--inh-caps=-all", "--ambient-caps=-all"]
    : [];
  const asUser = [
    "setpriv",
    `--reuid=${user}`,
    `--regid=${user}`,
    "--init-groups",
    ...rights,
    "--",
  ];
  const inFolder = ["/bin/sh", "-c", 'cd "$0" && exec "$@"', cwd];
  return [
    ...["unshare", ...namespaces, "sh", "-c", mounts, root],
    ...(user === "root" ? [] : asUser),
    ...inFolder,
    ...command,
  ];
}

/** Runs to the end; its output, whatever it says where. */
export function runIn(invocation: Invocation): {
  readonly code: number | null;
  readonly said: string;
} {
  const [program = "", ...args] = argvOf(invocation);
  const run = spawnSync("sh", ["-c", 'exec "$0" "$@" 2>&1', program, ...args], {
    env: invocation.env,
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  return { code: run.status, said: `${run.stdout}${run.error?.message ?? ""}` };
}

/** Starts it and goes on. */
export function startIn(invocation: Invocation): ChildProcess {
  const [program = "", ...args] = argvOf(invocation);
  return spawn(program, args, { env: invocation.env, stdio: ["ignore", "pipe", "pipe"] });
}

/** The settings of this machine for package registries and certificates, for steps of a build. */
export function passThrough(root: string): Readonly<Record<string, string>> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (/^(https?_proxy|no_proxy|npm_config_registry)$/i.test(name) && value) env[name] = value;
  }
  cpSync("/etc/resolv.conf", join(root, "etc/resolv.conf"), { dereference: true });
  const settings = join(homedir(), ".npmrc");
  if (existsSync(settings)) cpSync(settings, join(root, "root/.npmrc"));
  const bundle = process.env["NODE_EXTRA_CA_CERTS"];
  if (bundle !== undefined && existsSync(bundle)) {
    cpSync(bundle, join(root, "tmp/certificates.pem"), { dereference: true });
    env["NODE_EXTRA_CA_CERTS"] = "/tmp/certificates.pem";
  }
  return env;
}

/** Takes away what passThrough has put into the tree. */
export function withdraw(root: string): void {
  rmSync(join(root, "root/.npmrc"), { force: true });
  rmSync(join(root, "tmp/certificates.pem"), { force: true });
}

/**
 * A stand-in for the image `node:24-bookworm-slim`, which cannot be had without an engine: Debian
 * from the machine's own mirror, Node from `nodeBinary`, npm from `npmFolder`, the user `node`.
 */
export function makeBase(root: string, nodeBinary: string, npmFolder: string): void {
  const args = ["--variant=minbase", "bookworm", root, debianMirror()];
  const made = spawnSync("debootstrap", args, { encoding: "utf8" });
  if (made.status !== 0) throw new Error(`debootstrap ${args.join(" ")}\n${made.stdout}`);
  const local = join(root, "usr/local");
  cpSync(nodeBinary, join(local, "bin/node"), { dereference: true });
  mkdirSync(join(local, "lib/node_modules"), { recursive: true });
  cpSync(npmFolder, join(local, "lib/node_modules/npm"), { recursive: true });
  symlinkSync("../lib/node_modules/npm/bin/npm-cli.js", join(local, "bin/npm"));
  const user = "groupadd --gid 1000 node && useradd --uid 1000 --gid node --create-home node";
  const { code, said } = runIn({
    ...{ root, command: ["/bin/sh", "-c", user], env: { PATH: IMAGE_PATH } },
    ...{ cwd: "/", user: "root", confined: false },
  });
  if (code !== 0) throw new Error(said);
  writeFileSync(join(root, MADE), "");
}

/** PATH of the image. */
export const IMAGE_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Is there when makeBase came to its end. */
export const MADE = "var/lib/azimuth-base";

function debianMirror(): string {
  const places = ["/etc/apt/sources.list", "/etc/apt/sources.list.d/debian.sources"];
  for (const place of places.filter((path) => existsSync(path))) {
    const found = /^(?:deb(?: \[.*?\])? |URIs: *)(https?:\S+)/m.exec(readFileSync(place, "utf8"));
    if (found !== null) return found[1]!;
  }
  return "http://deb.debian.org/debian";
}
