// SPDX-License-Identifier: Apache-2.0
/**
 * Every server of the comparison starts from the configuration that bench/peers writes for it,
 * answers rightly, takes an edit, and is gone afterwards. Those that are not installed are skipped.
 */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { ROOT } from "../../bench/kit.ts";
import { type PeerServer, WORKLOADS, type WorkloadName } from "../../bench/peers/kinds.ts";
import { checkServer, makeReady, type Ready } from "../../bench/peers/life.ts";
import { endAll } from "../../bench/peers/process.ts";
import { allServers, whyNot } from "../../bench/peers/servers/all.ts";
import { loadNative } from "../../src/io/native.ts";

const folder = mkdtempSync(join(tmpdir(), "azimuth-peers-config-"));
after(() => {
  endAll();
  rmSync(folder, { recursive: true, force: true });
});

const launcher = join(ROOT, "bin/azimuth.mjs");
const sizes = { largeNames: 1000, questions: 400 };
const zones = new Map<string, Ready>(
  WORKLOADS.map((name) => [name, makeReady(folder, name, sizes)]),
);
const native = loadNative();

function whySkip(server: PeerServer): string | false {
  if (/^azimuth-(native|pump|spin)$/.test(server.name) && native.addon === null) {
    return native.reason;
  }
  return whyNot(server) ?? false;
}

/** W3 is configured as W1 is; and what differs among Azimuth's forms does not hang on the zone. */
function testedWorkloads({ name, workloads }: PeerServer): readonly WorkloadName[] {
  const isOneOfMany = name.startsWith("azimuth-") && name !== "azimuth-ts";
  return workloads.filter((one) => one === "W2" || (one === "W1" && !isOneOfMany));
}

for (const server of allServers(launcher)) {
  const skip = whySkip(server);
  for (const name of testedWorkloads(server)) {
    const hasNames = server.answers !== "no";
    const edits = name === "W1" && hasNames;
    const title = `${server.name}, ${name}: starts, answers${edits ? ", takes an edit" : ""}, ends`;
    test(title, { skip }, async () => {
      const own = join(folder, `${server.name}-${name}`);
      mkdirSync(own);
      const verified = await checkServer(server, zones.get(name)!, { folder: own, edits });
      if (!hasNames) return;
      assert.equal(verified.firstWrong, null);
      assert.deepEqual([verified.right, verified.asked], [200, 200]);
    });
  }
}
