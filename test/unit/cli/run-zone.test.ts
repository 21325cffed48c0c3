// SPDX-License-Identifier: Apache-2.0
/** The verbs of `azimuth zone`, against the real API behind a real socket. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fault } from "../../../src/base/faults.ts";
import type { Actions } from "../../../src/cli/actions.ts";
import { view, zone } from "../api/sample.ts";
import { run as runLine, serveView } from "./fake.ts";

const place = { file: "/etc/here/z", line: 3, column: 5 };
const error = fault("ZONE_RDATA", place, "A: 1.2.3");
const warning = fault("ZONE_TTL_MIXED", place, "a A");
const steered = [{ owner: "www.example.org.", types: ["A"], policy: "nearest" }];

let server: Awaited<ReturnType<typeof serveView>>;
before(async () => {
  server = await serveView(view({ zones: () => [{ ...zone, steered }] }));
});
after(() => server.close());

const run = (line: string, actions: Partial<Actions> = {}) =>
  runLine(line, { controlSocket: async () => server.socketPath, ...actions });

test("check: findings, then what was read; a warning alone is good", async () => {
  const good = await run("zone check example.org z");
  const read = "example.org serial 7, records 12, owners 5, not signed.\n";
  assert.deepEqual(good, { code: 0, out: `${read}No findings.\n`, err: "" });
  const of = (faults: readonly (typeof error)[], refused: boolean): Partial<Actions> => ({
    checkZone: async ({ apex }) => ({
      faults,
      zone: refused ? null : { apex, serial: 7, records: 12, owners: 5, signed: true },
    }),
  });
  const warned = await run("zone check example.org z", of([warning], false));
  assert.equal(warned.code, 0);
  assert.match(warned.out, /^z:3:5 warning ZONE_TTL_MIXED [\s\S]*owners 5, signed\.\n$/);
  const refused = await run("zone check example.org z", of([error], true));
  assert.deepEqual([refused.code, refused.err], [1, ""]);
  assert.match(refused.out, /^z:3:5 error ZONE_RDATA [\s\S]*\nA server would refuse it\.\n$/);
  const json = await run("zone check --json example.org z", of([error], true));
  assert.deepEqual([json.code, JSON.parse(json.out).zone], [1, null]);
  const unread = await run("zone check example.org z -c c.yaml", {
    checkZone: async () => ({ error: "c.yaml has errors", faults: [error] }),
  });
  assert.deepEqual([unread.code, unread.out], [1, ""]);
  assert.match(unread.err, /ZONE_RDATA[\s\S]*\nazimuth: c\.yaml has errors\n$/);
});

test("diff: lines, colours, JSON, and the exit codes of diff(1)", async () => {
  const wishes: unknown[] = [];
  const lines = [
    { sign: "-", text: "a. 1 IN A 192.0.2.1" },
    { sign: "+", text: "a. 1 IN A 192.0.2.2" },
  ] as const;
  const differing: Partial<Actions> = {
    diffZone: async (wish) => {
      wishes.push(wish);
      return { faults: [warning], lines };
    },
  };
  const told = "azimuth: not compared, since policies answer: www.example.org. A (nearest)\n";
  const some = await run("zone diff Example.org z", differing);
  assert.deepEqual(some, {
    code: 1,
    out: "- a. 1 IN A 192.0.2.1\n+ a. 1 IN A 192.0.2.2\n",
    err: told,
  });
  const served = "example.org. 60 IN A 192.0.2.1\n";
  assert.deepEqual(wishes, [{ apex: "Example.org", file: "/etc/here/z", served, steered }]);
  const coloured = await run("zone diff example.org z --color always", differing);
  assert.match(coloured.out, /^\u001b\[31m- a\..*\n\u001b\[32m\+ a\./);
  const json = await run("zone diff example.org z --json", differing);
  const removed = ["a. 1 IN A 192.0.2.1"];
  const added = ["a. 1 IN A 192.0.2.2"];
  assert.deepEqual(JSON.parse(json.out), {
    ...{ zone: "example.org.", differences: 2 },
    ...{ removed, added, steered },
  });
  assert.deepEqual([json.code, json.err], [1, ""]);
  assert.deepEqual(await run("zone diff example.org z"), { code: 0, out: "", err: told });
  const broken: Partial<Actions> = { diffZone: async () => ({ faults: [error], lines: null }) };
  const refused = await run("zone diff example.org z", broken);
  assert.deepEqual([refused.code, refused.out], [2, ""]);
  assert.match(refused.err, /^z:3:5 error ZONE_RDATA /);
  assert.equal((await run("zone diff example.com z")).code, 2);
  const readers = { zones: () => null } as unknown as Actions["readers"];
  const foreign = await run("zone diff example.org z", { readers });
  assert.equal(foreign.code, 2);
  assert.match(foreign.err, /another version/);
  assert.equal((await runLine("zone diff example.org z --socket /nowhere/s")).code, 3);
});

test("dump and the orders to the server", async () => {
  const dump = await run("zone dump example.org");
  assert.deepEqual(dump, { code: 0, out: "example.org. 60 IN A 192.0.2.1\n", err: "" });
  for (const [verb, said] of [
    ["reload", "It is in force."],
    ["refresh", "Its primaries are asked."],
    ["retransfer", "It is fetched anew."],
  ]) {
    const done = await run(`zone ${verb} example.org`);
    assert.deepEqual(done, { code: 0, out: `${said}\n`, err: "" });
  }
  const silent = await run("zone notify example.org");
  assert.equal(silent.code, 1);
  assert.match(silent.err, /it tells nobody/);
  assert.equal((await run("zone reload example.com")).code, 1);
});
