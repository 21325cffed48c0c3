// SPDX-License-Identifier: Apache-2.0
/** What script tests (test/rfc/rfc9460.test.ts) do not reach: many clients, and bounds. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { composeQuery } from "../../../src/dns/compose.ts";
import type { Message } from "../../../src/dns/message.ts";
import { clientSubnetOf } from "../../../src/dns/message.ts";
import { rdataToText } from "../../../src/dns/rdata.ts";
import { publish } from "../../../src/io/publisher.ts";
import { HINTS_MAX } from "../../../src/layout/limits.ts";
import { currentRoot } from "../../../src/table/publish.ts";
import { apexText, builtZone } from "../../support/tables.ts";
import { createWorld, replyOf, type Sender, setShares } from "../../support/world.ts";

const PICKERS = ["rendezvous", "wrr", "random", "independent", "all"] as const;
const owners = PICKERS.map((id) => `${id}.t.`);
const world = createWorld({
  zones: {
    "t.": `${apexText()}${PICKERS.map((id) => `${id} 60 HTTPS 1 . alpn=h2 ipv4hint=auto ipv6hint=auto\n`).join("")}`,
  },
  pools: [
    {
      id: "web",
      endpoints: [
        ...[1, 2, 3, 4].map((n) => ({
          ...{ id: `e${n}`, weight: n, v4: `203.0.113.${n}`, v6: `2001:db8::${n}` },
        })),
        { id: "e5", v4: "203.0.113.5" },
      ],
    },
  ],
  maps: [{ id: "world", networks: [{ name: "near", prefixes: ["192.0.2.0/25"] }] as never }],
  policies: PICKERS.map((id) => ({
    ...{ id, picker: id, answers: 2, match: [{ location: "default", pools: ["web"] }] },
  })),
  names: owners.map((owner, i) => ({
    ...{ zone: "t.", owner, types: ["A", "AAAA"], policy: PICKERS[i]! },
  })),
});

const texts = ({ answers }: Message): string[] =>
  answers.map(({ type, rdata }) => rdataToText(type, rdata));

/** The values of a hint in the only record. */
function hintOf(message: Message, key: string): string[] {
  const found = new RegExp(`${key}=(\\S+)`).exec(texts(message)[0]!);
  return found === null ? [] : found[1]!.split(",");
}

/** Asks one type after another of a kernel whose cursors are put back before each. */
function askAll(owner: string, types: readonly string[], from: Sender, ecs?: string): Message[] {
  const cursors = world.kernel.cursors.slice();
  return types.map((type) => {
    world.kernel.cursors.set(cursors);
    const query = composeQuery({ name: owner, type, ...(ecs === undefined ? {} : { ecs }) });
    return replyOf(world, query, from);
  });
}

test("the hints are what A and AAAA say to the same client in the same moment, by every picker", () => {
  for (const [i, owner] of owners.entries()) {
    setShares(
      world,
      PICKERS[i]!,
      "default",
      [1, 2, 0, 4, 9].map((weight) => ({ rank: 0, weight })),
    );
    const seen = new Set<string>();
    for (let n = 0; n < 200; n += 1) {
      const from = { client: `198.51.${n}.7`, random: (n * 0x9e3779b9) >>> 0 };
      const ecs = n % 2 === 0 ? undefined : `203.0.${n}.0/24`;
      const [a, aaaa, https] = askAll(owner, ["A", "AAAA", "HTTPS"], from, ecs) as [
        Message,
        Message,
        Message,
      ];
      const story = `${owner} ${JSON.stringify(from)} ${ecs}`;
      assert.deepEqual(hintOf(https, "ipv4hint"), texts(a), story);
      assert.deepEqual(hintOf(https, "ipv6hint"), texts(aaaa), story);
      assert.equal(https.answers[0]!.ttl, 30, story);
      const scopes = [a, aaaa].map((one) => clientSubnetOf(one)?.scope ?? 0);
      assert.equal(clientSubnetOf(https)?.scope ?? 0, Math.max(...scopes), story);
      for (const one of texts(a)) seen.add(one);
      // A turn further, so that the next round begins elsewhere.
      replyOf(world, composeQuery({ name: owner, type: "HTTPS" }), from);
    }
    // Not the one without weight.
    assert.ok(seen.size >= 3 && !seen.has("203.0.113.3"), `${owner} ${[...seen]}`);
  }
});

test("no more than HINTS_MAX hints are filled in, whatever the table holds", () => {
  const small = createWorld({ zones: { "t.": apexText() } });
  const lines = Array.from(
    { length: HINTS_MAX + 3 },
    (_, i) => `a SVCB ${i + 1} . ipv4hint=auto\n`,
  );
  // Past the checks, which refuse it.
  const put = [builtZone("t.", `${apexText(2)}$TTL 60\na A 192.0.2.1\n${lines.join("")}`)];
  assert.ok("root" in publish(small.publisher, { revision: 2, put }));
  small.kernel.root = currentRoot(small.memory.control);
  const message = replyOf(small, composeQuery({ name: "a.t.", type: "SVCB" }), { tcp: true });
  const filled = texts(message).filter((text) => text.endsWith(" . ipv4hint=192.0.2.1"));
  assert.equal(message.answers.length, HINTS_MAX + 3);
  assert.equal(filled.length, HINTS_MAX);
});
