// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { checkZoneFile, diffZoneFile } from "../../../src/daemon/offline-zone.ts";
import { createFolder } from "../../support/control.ts";
import { zoneText } from "../../support/daemon.ts";

const lone = { apex: "Example.org", config: null, strict: false };
const keysOf = ({ faults }: { readonly faults?: readonly { readonly key: string }[] }) =>
  (faults ?? []).map(({ key }) => key);

test("check: what was read, or every fault; includes count from their file", (t) => {
  const { folder, write } = createFolder(t);
  write("hosts", "a A 192.0.2.1\nb TXT x\n");
  const file = write("zone", zoneText(9, "$INCLUDE hosts"));
  const good = checkZoneFile({ ...lone, file });
  const zone = { apex: "example.org.", serial: 9, records: 5, owners: 4, signed: false };
  assert.deepEqual(good, { faults: [], zone });
  write("hosts", "a A 192.0.2.1.1\n");
  const bad = checkZoneFile({ ...lone, file });
  assert.ok("zone" in bad && bad.zone === null);
  assert.deepEqual(keysOf(bad), ["ZONE_RDATA"]);
  assert.equal(bad.faults[0]!.place.file, join(folder, "hosts"));
  assert.deepEqual(keysOf(checkZoneFile({ ...lone, file: join(folder, "none") })), [
    "FILE_UNREADABLE",
  ]);
});

test("check: a warning refuses only a strict zone", (t) => {
  const { write } = createFolder(t);
  const file = write("zone", zoneText(9, "a 60 A 192.0.2.1", "a 61 A 192.0.2.2"));
  const lenient = checkZoneFile({ ...lone, file });
  assert.ok("zone" in lenient && lenient.zone !== null);
  assert.deepEqual(keysOf(lenient), ["ZONE_TTL_MIXED"]);
  const strict = checkZoneFile({ ...lone, file, strict: true });
  assert.ok("zone" in strict && strict.zone === null);
  assert.deepEqual(keysOf(strict), ["ZONE_TTL_MIXED", "ZONE_STRICT"]);
});

test("check: a configuration that cannot be read is named", (t) => {
  const { write } = createFolder(t);
  const file = write("zone", zoneText(9));
  const config = write("azimuth.yaml", "zones: [\n");
  const refused = checkZoneFile({ ...lone, file, config });
  assert.ok("error" in refused);
  assert.match(refused.error, /azimuth\.yaml has errors$/);
  assert.deepEqual(keysOf(refused), ["CONFIG_YAML"]);
});

test("diff: lines, or the faults that forbid the file", (t) => {
  const { write } = createFolder(t);
  const served = zoneText(1, "a A 192.0.2.1", "; a comment");
  const steered = [{ owner: "www.example.org.", types: ["A"], policy: "nearest" }];
  const diff = (...rows: readonly string[]) =>
    diffZoneFile({ apex: "example.org", file: write("z", zoneText(1, ...rows)), served, steered });
  assert.deepEqual(diff("a A 192.0.2.1"), { faults: [], lines: [] });
  assert.deepEqual(diff("a AAAA 2001:db8::1").lines, [
    { sign: "-", text: "a.example.org. 300 IN A 192.0.2.1" },
    { sign: "+", text: "a.example.org. 300 IN AAAA 2001:db8::1" },
  ]);
  const clash = diff("www A 192.0.2.1");
  assert.deepEqual([clash.lines, keysOf(clash)], [null, ["ZONE_STEERED_STATIC"]]);
  const broken = diff("a A 192.0.2.1.1");
  assert.deepEqual([broken.lines, keysOf(broken)], [null, ["ZONE_RDATA"]]);
});
