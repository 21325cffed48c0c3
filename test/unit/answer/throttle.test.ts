// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { composeQuery } from "../../../src/dns/compose.ts";
import { limitsOff, settingsOff, writeSettings } from "../../../src/io/settings.ts";
import { ask, createWorld, type Sender, type World } from "../../support/world.ts";

const ZONE = `
@       300 SOA ns hostmaster 1 7200 1800 259200 120
@       300 NS ns
ns       60 A 192.0.2.1
a        60 A 192.0.2.2
b        60 A 192.0.2.3
*.wild   60 A 192.0.2.9
*.out    60 CNAME far.away.from.here.example.net.
dname    60 DNAME elsewhere.example.net.
*.chain  60 CNAME nothing.example.org.
cut      60 NS ns.cut
ns.cut   60 A 192.0.2.4
`;

function limited(values: Partial<typeof limitsOff> = {}): World {
  const world = createWorld({ zones: { "example.org.": ZONE }, tableMiB: 1 });
  const limits = { ...limitsOff, answerMode: 2, keys: [3, 5] as const, ...values };
  writeSettings(world.memory.settings, { ...settingsOff, limits });
  return world;
}

/** How many of 1,000 queries, the i-th for `nameOf(i)`, get an answer that is none of TC. */
function passed(world: World, nameOf: (i: number) => string, from: Sender = {}): number {
  let sum = 0;
  for (let i = 0; i < 1000; i += 1) {
    const { message } = ask(world, composeQuery({ name: nameOf(i), type: "A" }), from);
    if (message !== null && !message.tc) sum += 1;
  }
  return sum;
}

// What is allowed at once, and the one with which it is full.
const AT_ONCE = 126;

test("H05: random names cost one bucket, whatever makes their answers", () => {
  for (const parent of [
    "nothing.example.org.",
    "wild.example.org.",
    "out.example.org.",
    "dname.example.org.",
    "chain.example.org.",
    "cut.example.org.",
    "in.no.zone.of.ours.",
  ]) {
    const world = limited();
    // Names of several depths: what an alias loads is shorter or longer than what was asked.
    const nameOf = (i: number) => `x${i}.${"y.".repeat(i % 5)}${parent}`;
    assert.equal(passed(world, nameOf), AT_ONCE, parent);
    const other = ask(world, composeQuery({ name: "a.example.org.", type: "A" })).message;
    assert.equal(other!.tc, false, "answers about other things go on");
  }
});

test("names that exist have a bucket each, a client and a stream theirs", () => {
  const world = limited();
  assert.equal(
    passed(world, () => "a.example.org."),
    AT_ONCE,
  );
  assert.equal(
    passed(world, () => "b.example.org."),
    AT_ONCE,
  );
  assert.equal(
    passed(world, () => "a.example.org.", { client: "203.0.113.1" }),
    AT_ONCE,
  );
  assert.equal(
    passed(world, () => "a.example.org.", { tcp: true }),
    1000,
  );
});

test("H03: slip 1 truncates all, 0 drops all; H08: dry run only counts", () => {
  const query = composeQuery({ name: "a.example.org.", type: "A" });
  const slipping = limited({ slip: 1 });
  passed(slipping, () => "a.example.org.");
  const reply = ask(slipping, query);
  assert.equal(reply.message!.tc, true);
  assert.equal(reply.octets.length, query.length);
  const dropping = limited({ slip: 0 });
  passed(dropping, () => "a.example.org.");
  assert.equal(ask(dropping, query).message, null);
  assert.equal(
    passed(limited({ answerMode: 1, slip: 0 }), () => "a.example.org."),
    1000,
  );
});

test("H09: a request over the limit of its address hears TC, REFUSED or SERVFAIL", () => {
  const nameOf = (i: number) => `${"ab"[i % 2]}.example.org.`;
  for (const [action, rcode, tc] of [
    [0, 0, true],
    [1, 5, false],
    [2, 2, false],
  ] as const) {
    const world = limited({ answerMode: 0, requestMode: 2, requestAction: action });
    for (let i = 0; i < 100; i += 1) ask(world, composeQuery({ name: nameOf(i), type: "A" }));
    const { message } = ask(world, composeQuery({ name: nameOf(0), type: "A" }));
    assert.deepEqual([message!.rcode, message!.tc], [rcode, tc]);
  }
});
