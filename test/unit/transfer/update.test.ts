// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Rcode } from "../../../src/dns/iana.ts";
import type { Message } from "../../../src/dns/message.ts";
import { evaluateUpdate } from "../../../src/transfer/update.ts";
import { applyDiff } from "../../../src/zone/diff.ts";
import type { ZoneValue } from "../../../src/zone/value.ts";
import {
  linesOfZone,
  recordOf,
  rrsetsOf,
  soaLine,
  viewOf,
  zoneOfLines,
} from "../../support/transfers.ts";

const linesOf = (zone: ZoneValue): string[] => linesOfZone(rrsetsOf(zone));

function update(zone: ZoneValue, required: readonly string[], changes: readonly string[]) {
  const message = {
    answers: required.map(recordOf),
    authorities: changes.map(recordOf),
  } as unknown as Message;
  const { rcode, diff } = evaluateUpdate(viewOf(zone), message);
  const after = applyDiff(zone, diff);
  assert.ok(after !== null, "the difference is one of this zone");
  return { rcode, diff, lines: linesOf(after) };
}

const base = (): ZoneValue =>
  zoneOfLines([
    soaLine(7),
    "@ 300 NS ns",
    "ns 300 A 192.0.2.1",
    "www 300 A 192.0.2.2",
    "www 300 A 192.0.2.3",
    "alias 300 CNAME www",
  ]);

const serialOf = (lines: readonly string[]): string | undefined =>
  lines.find((line) => line.includes(" SOA "))?.split(" ")[5];

test("RFC 2136 §2.4: each kind of prerequisite, met and not met", () => {
  const cases: readonly (readonly [string, number])[] = [
    ["www 0 ANY A", Rcode.NOERROR],
    ["www 0 ANY AAAA", Rcode.NXRRSET],
    ["nowhere 0 ANY A", Rcode.NXRRSET],
    ["www 0 NONE AAAA", Rcode.NOERROR],
    ["www 0 NONE A", Rcode.YXRRSET],
    ["www 0 ANY *", Rcode.NOERROR],
    ["nowhere 0 ANY *", Rcode.NXDOMAIN],
    ["nowhere 0 NONE *", Rcode.NOERROR],
    ["WWW 0 NONE *", Rcode.YXDOMAIN],
    ["www.example.net. 0 NONE *", Rcode.NOTZONE],
    ["www 5 NONE *", Rcode.FORMERR],
    ["www 0 NONE A 192.0.2.2", Rcode.FORMERR],
    // Value-dependent: part of the RRset is not the RRset.
    ["www 0 A 192.0.2.2", Rcode.NXRRSET],
    ["ns 0 A 192.0.2.1", Rcode.NOERROR],
    ["ns 0 A 192.0.2.9", Rcode.NXRRSET],
  ];
  for (const [line, rcode] of cases) {
    assert.equal(update(base(), [line], []).rcode, rcode, line);
  }
  assert.equal(update(base(), ["www 0 A 192.0.2.3", "www 0 A 192.0.2.2"], []).rcode, Rcode.NOERROR);
});

test("§3.7 U1: a failed prerequisite or a malformed change changes nothing", () => {
  const add = "new 60 A 192.0.2.7";
  for (const [required, changes, rcode] of [
    [["www 0 ANY AAAA"], [add], Rcode.NXRRSET],
    [[], [add, "x.example.net. 60 A 192.0.2.7"], Rcode.NOTZONE],
    [[], [add, "new 60 ANY A"], Rcode.FORMERR],
    [[], [add, "new 60 NONE A 192.0.2.7"], Rcode.FORMERR],
  ] as const) {
    const done = update(base(), required, changes);
    assert.equal(done.rcode, rcode);
    assert.deepEqual(done.lines, linesOf(base()));
  }
});

test("§3.4.2.2: records are added, copies and older SOAs are not", () => {
  const done = update(base(), [], ["new 60 A 192.0.2.7", "new 60 A 192.0.2.8"]);
  assert.deepEqual(
    done.lines.filter((line) => line.startsWith("new.")),
    ["new.example.org. 60 A 192.0.2.7", "new.example.org. 60 A 192.0.2.8"],
  );
  assert.equal(serialOf(done.lines), "8");
  const same = update(base(), [], ["www 300 A 192.0.2.2"]);
  assert.deepEqual(same.diff, { removed: [], added: [] });
  const older = update(base(), [], [soaLine(6)]);
  assert.deepEqual(older.diff, { removed: [], added: [] });
});

test("§3.6 U3: a serial that the update raises is kept as it is", () => {
  assert.equal(
    serialOf(update(base(), [], [soaLine(2026112801), "new 60 A 192.0.2.7"]).lines),
    "2026112801",
  );
  const last = zoneOfLines([soaLine(4294967295), "@ 300 NS ns"]);
  assert.equal(serialOf(update(last, [], ["new 60 A 192.0.2.7"]).lines), "1");
});

test("§3.4.2.2: a CNAME and other data never stand beside each other", () => {
  const unchanged = update(base(), [], ["alias 60 A 192.0.2.7", "www 60 CNAME ns"]);
  assert.deepEqual(unchanged.diff, { removed: [], added: [] });
  const replaced = update(base(), [], ["alias 60 CNAME ns"]);
  assert.ok(replaced.lines.includes("alias.example.org. 60 CNAME ns.example.org."));
  assert.ok(!replaced.lines.some((line) => line.includes("CNAME www")));
  const turned = update(base(), [], ["alias 0 ANY *", "alias 60 A 192.0.2.7"]);
  assert.ok(turned.lines.includes("alias.example.org. 60 A 192.0.2.7"));
});

test("§3.4.2.3, §3.4.2.4: deletions, but never of the SOA and the last NS", () => {
  assert.ok(!update(base(), [], ["www 0 ANY A"]).lines.some((line) => line.startsWith("www.")));
  assert.ok(!update(base(), [], ["www 0 ANY *"]).lines.some((line) => line.startsWith("www.")));
  const one = update(base(), [], ["www 0 NONE A 192.0.2.2"]).lines;
  assert.deepEqual(
    one.filter((line) => line.startsWith("www.")),
    ["www.example.org. 300 A 192.0.2.3"],
  );
  for (const line of ["@ 0 ANY *", "@ 0 ANY SOA", "@ 0 ANY NS", "@ 0 NONE NS ns"]) {
    assert.deepEqual(update(base(), [], [line]).diff, { removed: [], added: [] }, line);
  }
  const two = update(base(), [], ["@ 300 NS ns2", "@ 0 NONE NS ns"]).lines;
  assert.ok(two.includes("example.org. 300 NS ns2.example.org."));
  assert.ok(!two.includes("example.org. 300 NS ns.example.org."));
});

test("U4: the TTL of the record that came last is that of its RRset", () => {
  const { lines } = update(base(), [], ["www 60 A 192.0.2.4"]);
  const ttls = lines.filter((line) => line.startsWith("www.")).map((line) => line.split(" ")[1]);
  assert.deepEqual(ttls, ["60", "60", "60"]);
});

test("U1 to U3: any update leaves a zone with one SOA and an NS, and a serial that grows", () => {
  const owner = fc.constantFrom("@", "www", "alias", "ns", "new", "a.b");
  const type = fc.constantFrom("A 192.0.2.2", "A 192.0.2.9", "CNAME www", "TXT x", "NS ns", "NS q");
  const line = fc.oneof(
    fc.tuple(owner, type).map(([o, t]) => `${o} 60 ${t}`),
    fc.tuple(owner, type).map(([o, t]) => `${o} 0 NONE ${t}`),
    fc.tuple(owner, type).map(([o, t]) => `${o} 0 ANY ${t.split(" ")[0]}`),
    owner.map((o) => `${o} 0 ANY *`),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }), (changes) => {
      const { rcode, lines, diff } = update(base(), [], changes);
      assert.equal(rcode, Rcode.NOERROR);
      assert.equal(lines.filter((one) => one.includes(" SOA ")).length, 1);
      assert.ok(lines.some((one) => /^example\.org\. \d+ NS /.test(one)));
      const changed = diff.added.length + diff.removed.length > 0;
      assert.equal(serialOf(lines), changed ? "8" : "7");
      for (const alias of lines.filter((one) => one.includes(" CNAME "))) {
        const name = alias.split(" ")[0]!;
        assert.equal(lines.filter((one) => one.startsWith(`${name} `)).length, 1);
      }
    }),
  );
});
