// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { explain } from "../../../src/answer/explain.ts";
import { composeQuery } from "../../../src/dns/compose.ts";
import { nameToText } from "../../../src/dns/names.ts";
import { ask, createWorld, setShares } from "../../support/world.ts";

const HEAD =
  "@ 300 SOA ns1 h 77 7200 1800 259200 120\n@ 300 NS ns.example.com.\n*.w 60 A 192.0.2.1\n" +
  "svc 60 HTTPS 1 geo ipv4hint=auto ipv6hint=auto\nsvc 60 HTTPS 2 six ipv6hint=auto\n";
const world = createWorld({
  zones: { "t.": HEAD },
  pops: [{ id: "fra" }, { id: "iad" }],
  pools: [
    {
      id: "web",
      endpoints: [
        { id: "a", pop: "fra", v4: "203.0.113.1" },
        { id: "b", pop: "iad", v4: "203.0.113.2" },
        { id: "c", pop: "iad", v6: "2001:db8::3" },
        { id: "d", pop: "iad", v4: "203.0.113.4" },
      ],
    },
  ],
  maps: [
    {
      id: "world",
      networks: [
        {
          name: "office",
          prefixes: ["192.0.2.0/24"],
          location: null,
          latitude: null,
          longitude: null,
        },
      ],
    },
  ],
  policies: [{ id: "web" }],
  names: [
    { zone: "t.", owner: "geo.t.", types: ["A"], policy: "web" },
    { zone: "t.", owner: "six.t.", types: ["AAAA"], policy: "web" },
  ],
});
const client = new Uint8Array([198, 51, 100, 53]);

test("a static answer has no steering", () => {
  const told = explain(world.kernel, composeQuery({ name: "x.w.t.", type: "A" }), client, "udp");
  assert.equal(nameToText(told.apex!), "t.");
  assert.deepEqual([told.serial, told.synthesized, told.steering], [77, true, null]);
});

test("what is refused has no zone", () => {
  const told = explain(world.kernel, composeQuery({ name: "u.", type: "A" }), client, "udp");
  assert.deepEqual([told.apex, told.serial, told.steering], [null, 0, null]);
  assert.equal(told.reply[3], 5);
});

test("what is not answered has an empty reply", () => {
  assert.equal(explain(world.kernel, new Uint8Array(3), client, "udp").reply.length, 0);
});

test("a steered answer tells region, plan and the fate of every candidate", () => {
  setShares(
    world,
    "web",
    "net/office",
    [
      { rank: 0, weight: 3 },
      { rank: 0, weight: 0 },
      { rank: 0, weight: 1 },
      { rank: 1, weight: 1 },
    ],
    42,
  );
  const query = composeQuery({ name: "geo.t.", type: "A", ecs: "192.0.2.0/24" });
  const told = explain(world.kernel, query, client, "tcp");
  const { candidates, planRow, ...rest } = told.steering!;
  assert.deepEqual(rest, {
    policy: "web",
    map: "world",
    layer: "network",
    region: "net/office",
    networkBits: 24,
    scope: 24,
    planState: "normal",
    picker: "rendezvous",
    ttlSecs: 42,
    allDownRule: false,
  });
  assert.ok(planRow >= 0);
  assert.deepEqual(
    candidates.map((one) => `${one.endpoint} ${one.pop} ${one.rank} ${one.weight}: ${one.why}`),
    [
      "web/a fra 0 3: picked",
      "web/b iad 0 0: dropped: weight 0 (down or drained)",
      "web/c iad 0 1: dropped: no address of the family asked for",
      "web/d iad 1 1: dropped: rank 1, rank 0 is served",
    ],
  );
  assert.deepEqual(
    candidates.map((one) => one.picked),
    [true, false, false, false],
  );
});

test("the all-down rule is named", () => {
  setShares(
    world,
    "web",
    "default",
    [0, 0, 0, 0].map(() => ({ rank: 0, weight: 0 })),
  );
  const told = explain(world.kernel, composeQuery({ name: "geo.t.", type: "A" }), client, "udp");
  assert.equal(told.steering!.allDownRule, true);
  assert.ok(told.steering!.candidates.some((one) => one.why === "picked by the all-down rule"));
  assert.ok(told.steering!.candidates.some((one) => one.why === "kept, another one was picked"));
});

test("hints that are filled in: the story of each pick, none of what is not steered", () => {
  setShares(
    world,
    "web",
    "default",
    [0, 5, 0, 0].map((weight) => ({ rank: 0, weight })),
  );
  const query = composeQuery({ name: "svc.t.", type: "HTTPS" });
  const told = explain(world.kernel, query, client, "udp");
  assert.equal(told.steering, null);
  const picks = told.hints.map(({ key, steering }) => {
    const picked = steering.candidates.filter((one) => one.picked).map((one) => one.endpoint);
    return [key, steering.policy, steering.allDownRule, picked];
  });
  assert.deepEqual(picks, [
    ["ipv4hint", "web", false, ["web/b"]],
    ["ipv6hint", "web", true, ["web/c"]],
  ]);
  // The next story knows nothing of it.
  const next = explain(world.kernel, composeQuery({ name: "geo.t.", type: "A" }), client, "udp");
  assert.deepEqual(next.hints, []);
  assert.equal(next.steering?.policy, "web");
});

test("the reply is that of the packet", () => {
  const query = composeQuery({ name: "x.w.t.", type: "A", ecs: "192.0.2.0/24" });
  const told = explain(world.kernel, query, client, "udp");
  assert.deepEqual(told.reply, ask(world, query).octets);
});
