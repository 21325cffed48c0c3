// SPDX-License-Identifier: Apache-2.0
/**
 * A package registry on loopback, so that an install can be tried as a reader does it, by name and
 * without a network: tarballs that were made just now, and what node_modules holds beside them.
 *
 * What it does not hold is not there, as at a registry that carries no package of some platform.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { TestContext } from "node:test";

interface Manifest {
  readonly name: string;
  readonly version: string;
}

/** One version of one package; its octets are made when they are asked for. */
interface Release {
  readonly manifest: Manifest;
  readonly tarball: () => Uint8Array;
}

/** A tarball that `npm pack` wrote. */
export function packed(file: string): Release {
  const manifest = output("tar", ["-xzOf", file, "package/package.json"]);
  return { manifest: parse(manifest), tarball: () => readFileSync(file) };
}

/** All packages that package-lock.json names and that are installed in `root`, but no tools. */
export function installedIn(root: string): readonly Release[] {
  const lock = parse<{ packages: Record<string, { dev?: true }> }>(
    readFileSync(join(root, "package-lock.json")),
  );
  return Object.entries(lock.packages).flatMap(([path, { dev }]) => {
    if (path === "" || dev === true) return [];
    const folder = join(root, path);
    const args = ["-cf", "-", "--exclude=./node_modules", "--transform=s,^\\.,package,", "."];
    try {
      const manifest = parse<Manifest>(readFileSync(join(folder, "package.json")));
      return [{ manifest, tarball: () => output("tar", ["-C", folder, ...args]) }];
    } catch {
      // Optional, and for another platform.
      return [];
    }
  });
}

/** Serves until the end of the test; gives the address, as npm's `registry` takes it. */
export async function serveRegistry(t: TestContext, releases: readonly Release[]): Promise<string> {
  const byName = Map.groupBy(releases, ({ manifest }) => manifest.name);
  const server = createServer((request, response) => {
    const base = `http://${request.headers.host}`;
    const path = decodeURIComponent(request.url!).slice(1);
    const at = path.indexOf("/-/");
    const ofName = byName.get(at < 0 ? path : path.slice(0, at)) ?? [];
    const wanted = ofName.find(({ manifest }) => path.slice(at + 3) === `${manifest.version}.tgz`);
    if (at >= 0 && wanted !== undefined) response.end(wanted.tarball());
    else if (at >= 0 || ofName.length === 0) response.writeHead(404).end("{}");
    else response.end(JSON.stringify(packument(base, ofName)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** The document of one name: all its versions, and the one that goes by "latest". */
function packument(base: string, releases: readonly Release[]): object {
  const versions = releases.map(({ manifest }) => {
    const tarball = `${base}/${manifest.name}/-/${manifest.version}.tgz`;
    return [manifest.version, { ...manifest, dist: { tarball } }] as const;
  });
  const { name, version } = releases[0]!.manifest;
  return { name, "dist-tags": { latest: version }, versions: Object.fromEntries(versions) };
}

function parse<T = Manifest>(text: Uint8Array): T {
  return JSON.parse(new TextDecoder().decode(text)) as T;
}

function output(program: string, args: readonly string[]): Uint8Array {
  const run = spawnSync(program, args, { maxBuffer: 1 << 28 });
  if (run.status !== 0) throw new Error(`${program} ${args.join(" ")}: ${run.stderr}`);
  return run.stdout;
}
