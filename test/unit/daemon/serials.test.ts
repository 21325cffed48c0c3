// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { serialFaults } from "../../../src/daemon/serials.ts";
import { compileZone } from "../../../src/io/compile-zone.ts";
import { createFolder } from "../../support/control.ts";
import { zoneText } from "../../support/daemon.ts";

test("records that change under an equal or older serial are a warning; else nothing is", (t) => {
  const { folder, write } = createFolder(t);
  const file = join(folder, "example.org.zone");
  const compile = (serial: number, ...lines: string[]) => {
    write("example.org.zone", zoneText(serial, ...lines));
    return compileZone({ apex: "example.org.", file, steered: [], known: null });
  };
  const first = compile(0xffff_fff0, "a A 192.0.2.1");
  const { serial, shards } = first.built!;
  const before = { serial, digests: shards.digests };
  const told = (result: typeof first) =>
    serialFaults(before, first.files, result).map((one) => `${one.key} ${one.detail}`);

  assert.deepEqual(told(first), []);
  assert.deepEqual(told(compile(serial, "a A 192.0.2.1", "; longer")), []);
  assert.match(
    told(compile(serial, "a A 192.0.2.2"))[0]!,
    /^ZONE_SERIAL .* is 4294967280 as before/,
  );
  assert.match(told(compile(serial - 1, "a A 192.0.2.2"))[0]!, /is not newer than 4294967280/);
  // RFC 1982: the circle goes on at zero.
  assert.deepEqual(told(compile(5, "a A 192.0.2.2")), []);

  const changed = compile(serial, "a A 192.0.2.2");
  assert.deepEqual(serialFaults(null, first.files, changed), []);
  assert.deepEqual(serialFaults(before, undefined, changed), []);
  // The same files: what changed is how the zone is steered.
  assert.deepEqual(serialFaults(before, changed.files, changed), []);
});
