// SPDX-License-Identifier: Apache-2.0
/**
 * NSD, Knot and BIND as secondaries of ours: the first fetch, NOTIFY and IXFR after edits, signed
 * with each algorithm and not at all; what they have is what we have (rows A24, A25, M03).
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { test } from "node:test";
import {
  createSite,
  startTestDaemon,
  type TestDaemon,
  until,
  zoneText,
} from "../support/daemon.ts";
import { axfr } from "../support/imported.ts";
import { freePort } from "../support/ports.ts";
import type { SharedKey } from "../support/primaries.ts";
import { missing, PRIMARY_KINDS } from "../support/primaries.ts";
import { createPrng, nextRandom } from "../support/prng.ts";
import { startSecondary } from "../support/secondaries.ts";

const APEX = "example.org.";
const SECRET = Buffer.alloc(64, 5).toString("base64");
const keyOf = (algorithm: string): SharedKey => ({
  name: `${algorithm}.key.`,
  algorithm,
  secret: SECRET,
});

async function counter(server: TestDaemon, result: string): Promise<number> {
  const found = [...(await server.metrics())].filter(
    ([key]) => key.startsWith("azimuth_transfers_out_total") && key.includes(`"${result}"`),
  );
  return found.reduce((sum, [, value]) => sum + value, 0);
}

/** Odd labels, delegations, wildcards, and `count` plain names, by chance. */
function records(count: number, seed: number): string[] {
  const prng = createPrng(seed);
  const odd = [
    '*.wild TXT "a b" "\\"quoted\\""',
    "\\000\\255\\046 A 192.0.2.99",
    "a.b.c.d.e.f.g AAAA 2001:db8::1",
    "cut NS ns.cut",
    "ns.cut A 192.0.2.98",
    "alias CNAME Target.Example.NET.",
    "_x._tcp SRV 1 2 3 www",
    "d DNAME d.example.net.",
    "unknown TYPE65280 \\# 4 01020304",
  ];
  const plain = Array.from({ length: count }, (_, i) => {
    return `h${i} A 192.0.2.${(nextRandom(prng) >>> 0) % 256}`;
  });
  return [...odd, ...plain];
}

const cases = [
  { algorithm: null, size: 0 },
  { algorithm: "hmac-sha256", size: 300 },
  { algorithm: "hmac-sha384", size: 5_000 },
  { algorithm: "hmac-sha512", size: 50_000 },
] as const;

for (const kind of PRIMARY_KINDS) {
  for (const { algorithm, size } of cases) {
    const skip = missing(kind) || (spawnSync("dig", ["-v"]).error !== undefined && "no dig here");
    const name = `${kind} follows a zone of ${size} names, ${algorithm ?? "unsigned"}`;
    test(name, { skip, timeout: 120_000 }, async (t) => {
      const [port, primaryPort] = [await freePort(), await freePort()];
      const key = algorithm === null ? null : keyOf(algorithm);
      const site = createSite(t, {
        node: { listen: [`127.0.0.1:${primaryPort}`], workers: 1, limits: { tableMiB: 128 } },
        keys: key === null ? {} : { k: { name: key.name, algorithm, secret: key.secret } },
        remotes: {
          other: { addresses: [`127.0.0.1:${port}`], ...(key === null ? {} : { key: "k" }) },
        },
        zones: {
          "example.org": {
            file: "example.org.zone",
            notify: ["other"],
            allowTransfer: key === null ? ["127.0.0.1"] : [{ key: "k" }],
          },
        },
      });
      const lines = records(size, 7);
      site.write("example.org.zone", zoneText(1, ...lines));
      const server = await startTestDaemon(site);
      mkdirSync(site.path("peer"), { recursive: true });
      const stop = startSecondary(kind, {
        ...{ folder: site.path("peer"), apex: APEX, port, primaryPort, key },
      });
      site.atEnd(stop);
      const equal = async (what: string): Promise<void> => {
        const ours = axfr(primaryPort, APEX, key);
        assert.ok(ours.length > size);
        await until(what, () => {
          const theirs = axfr(port, APEX);
          return theirs.length === ours.length && theirs.every((line, i) => line === ours[i]);
        });
      };
      await equal("it has the first version");
      if (key !== null) {
        assert.deepEqual(axfr(primaryPort, APEX), [], "nobody else may have it");
        const wrong = { ...key, secret: Buffer.alloc(64, 6).toString("base64") };
        assert.deepEqual(axfr(primaryPort, APEX, wrong), []);
      }
      for (const serial of [2, 3]) {
        const before = await counter(server, "ixfr");
        lines.push(`new${serial} A 192.0.2.${serial}`);
        lines[8] = `changed TXT "${serial}"`;
        site.replace("example.org.zone", zoneText(serial, ...lines));
        await until(`we serve ${serial}`, () =>
          axfr(primaryPort, APEX, key).some((line) => line.startsWith(`new${serial}.`)),
        );
        await equal(`it has version ${serial}`);
        assert.ok((await counter(server, "ixfr")) > before, "by IXFR");
      }
    });
  }
}
