// SPDX-License-Identifier: Apache-2.0
/** RFC 1995, IXFR, by section, asked of the real transfer thread. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { composeQuery } from "../../src/dns/compose.ts";
import { Rcode } from "../../src/dns/iana.ts";
import { TRANSPORT_UDP } from "../../src/layout/gen/enums.ts";
import { apexText, builtZone } from "../support/tables.ts";
import {
  ANYBODY,
  answerLines,
  rcodeOf,
  startTransferThread,
  type TransferThread,
  transferQuery,
  wantedZone,
} from "../support/transfer-thread.ts";

const APEX = "example.org.";
const zones = [wantedZone(APEX, { allowTransfer: ANYBODY })];
const soa = (serial: number): string =>
  `example.org. 3600 IN SOA ns1.example.org. hostmaster.example.org. ${serial} 7200 1800 259200 120`;
const a = (owner: string, last: number): string =>
  `${owner}.example.org. 3600 IN A 192.0.2.${last}`;

function publish(
  thread: TransferThread,
  serial: number,
  ...lines: readonly string[]
): Promise<void> {
  return thread.publish(
    builtZone(APEX, apexText(serial) + lines.map((line) => `${line}\n`).join("")),
  );
}

/** Publishes three versions; from 1 to 2 `b` comes, from 2 to 3 `a` changes and `b` goes. */
async function threeVersions(thread: TransferThread): Promise<void> {
  await thread.want({ zones });
  await publish(thread, 1, "a A 192.0.2.1");
  await publish(thread, 2, "a A 192.0.2.1", "b A 192.0.2.2");
  await publish(thread, 3, "a A 192.0.2.9", "c A 192.0.2.3");
}

const whole = (serial: number, ...records: readonly string[]): string[] => [
  soa(serial),
  ...["example.org. 3600 IN NS ns1.example.org.", ...records].sort(),
  soa(serial),
];

const sorted = (lines: readonly string[]): string[] => [
  lines[0]!,
  ...lines.slice(1, -1).sort(),
  lines.at(-1)!,
];

test("RFC 1995 §2: who is up to date, or ahead, gets the SOA alone", async (t) => {
  const thread = await startTransferThread(t);
  await threeVersions(thread);
  for (const serial of [3, 4, 3 + 0x7fff_ffff]) {
    for (const options of [{}, { transport: TRANSPORT_UDP }]) {
      assert.deepEqual(answerLines(await thread.ask(transferQuery(APEX, serial), options)), [
        soa(3),
      ]);
    }
  }
});

test("RFC 1995 §4: a zone with hints that are filled in always goes whole: they change with other names", async (t) => {
  const thread = await startTransferThread(t);
  await thread.want({ zones });
  const service = "s HTTPS 1 a ipv4hint=auto";
  const hinted = (last: number): string =>
    `s.example.org. 3600 IN HTTPS 1 a.example.org. ipv4hint=192.0.2.${last}`;
  await publish(thread, 1, "a A 192.0.2.1");
  await publish(thread, 2, "a A 192.0.2.1", "b A 192.0.2.2");
  await publish(thread, 3, "a A 192.0.2.1", service);
  await publish(thread, 4, "a A 192.0.2.9", service);
  for (const serial of [1, 2, 3]) {
    const lines = answerLines(await thread.ask(transferQuery(APEX, serial)));
    assert.deepEqual(sorted(lines), whole(4, a("a", 9), hinted(9)));
  }
  // And by differences again once it has none.
  await publish(thread, 5, "a A 192.0.2.9");
  await publish(thread, 6, "a A 192.0.2.9", "b A 192.0.2.2");
  assert.deepEqual(answerLines(await thread.ask(transferQuery(APEX, 5))), [
    ...[soa(6), soa(5), soa(6), a("b", 2), soa(6)],
  ]);
});

test("RFC 1995 §2: over UDP, an answer that does not fit is the SOA alone", async (t) => {
  const thread = await startTransferThread(t);
  await thread.want({ zones });
  await publish(thread, 1);
  const many = Array.from({ length: 40 }, (_, i) => `h${i} A 192.0.2.1`);
  await publish(thread, 2, ...many);
  const udp = { transport: TRANSPORT_UDP };
  assert.deepEqual(answerLines(await thread.ask(transferQuery(APEX, 1), udp)), [soa(2)]);
  const wide = await thread.ask(transferQuery(APEX, 1, { payload: 1232 }), udp);
  assert.equal(wide.length, 1);
  assert.ok(wide[0]!.length <= 1232);
  assert.equal(answerLines(wide).length, 44);
  assert.equal(answerLines(await thread.ask(transferQuery(APEX, 1))).length, 44);
});

test("RFC 1995 §3: an IXFR without its one SOA is malformed", async (t) => {
  const thread = await startTransferThread(t);
  await threeVersions(thread);
  const bare = composeQuery({ name: APEX, type: "IXFR", id: 77 });
  assert.equal(rcodeOf(await thread.ask(bare)), Rcode.FORMERR);
});

test("RFC 1995 §4: the steps are condensed into one difference", async (t) => {
  const thread = await startTransferThread(t);
  await threeVersions(thread);
  const one = answerLines(await thread.ask(transferQuery(APEX, 2)));
  const parts = [one.slice(0, 2), one.slice(2, 4).sort(), one.slice(4, 5), one.slice(5, 7).sort()];
  assert.deepEqual(parts, [
    [soa(3), soa(2)],
    [a("a", 1), a("b", 2)],
    [soa(3)],
    [a("a", 9), a("c", 3)],
  ]);
  assert.deepEqual(one.slice(7), [soa(3)]);
  // `b` came and went again.
  const lines = answerLines(await thread.ask(transferQuery(APEX, 1)));
  assert.deepEqual(lines.slice(0, 3), [soa(3), soa(1), a("a", 1)]);
  assert.deepEqual(lines.slice(3).sort(), [soa(3), soa(3), a("a", 9), a("c", 3)].sort());
});

test("RFC 1995 §4: a serial that the journal does not know gets the whole zone", async (t) => {
  const thread = await startTransferThread(t);
  await threeVersions(thread);
  const records = [a("a", 9), a("c", 3)];
  for (const serial of [0, (3 - 0x7fff_ffff) >>> 0]) {
    const lines = answerLines(await thread.ask(transferQuery(APEX, serial)));
    assert.deepEqual(sorted(lines), whole(3, ...records));
  }
});

test("RFC 1995 §5: a journal begins anew where the serial did not grow", async (t) => {
  const thread = await startTransferThread(t);
  await threeVersions(thread);
  // Other data with the same serial: nobody who has 2 may be led to it by the old journal.
  await publish(thread, 3, "a A 192.0.2.10");
  const lines = answerLines(await thread.ask(transferQuery(APEX, 2)));
  assert.deepEqual(sorted(lines), whole(3, a("a", 10)));
  await publish(thread, 4, "a A 192.0.2.11");
  assert.deepEqual(answerLines(await thread.ask(transferQuery(APEX, 3))), [
    ...[soa(4), soa(3), a("a", 10), soa(4), a("a", 11), soa(4)],
  ]);
});

test("RFC 1982 §3.2: serials go round", async (t) => {
  const thread = await startTransferThread(t);
  await thread.want({ zones });
  await publish(thread, 0xffff_ffff, "a A 192.0.2.1");
  await publish(thread, 5, "a A 192.0.2.2");
  assert.deepEqual(answerLines(await thread.ask(transferQuery(APEX, 0xffff_ffff))), [
    ...[soa(5), soa(0xffff_ffff), a("a", 1), soa(5), a("a", 2), soa(5)],
  ]);
});

test("a change of TTL alone is a difference of records", async (t) => {
  const thread = await startTransferThread(t);
  await thread.want({ zones });
  await publish(thread, 1, "a 300 A 192.0.2.1");
  await publish(thread, 2, "a 60 A 192.0.2.1");
  assert.deepEqual(answerLines(await thread.ask(transferQuery(APEX, 1))), [
    ...[soa(2), soa(1), "a.example.org. 300 IN A 192.0.2.1"],
    ...[soa(2), "a.example.org. 60 IN A 192.0.2.1", soa(2)],
  ]);
});

test("the journal survives a restart of the thread, and a torn end costs the last version", async (t) => {
  const thread = await startTransferThread(t);
  await threeVersions(thread);
  const before = answerLines(await thread.ask(transferQuery(APEX, 1)));
  await thread.restart();
  await thread.want({ zones });
  await thread.order({ kind: "published" });
  assert.deepEqual(answerLines(await thread.ask(transferQuery(APEX, 1))), before);

  const folder = join(thread.folder, "journal");
  const [name] = readdirSync(folder);
  const path = join(folder, name!);
  const octets = readFileSync(path);
  for (const damage of [
    () => truncateSync(path, octets.length - 1),
    () => writeFileSync(path, octets.with(octets.length - 1, octets.at(-1)! ^ 1)),
    () => writeFileSync(path, "no journal"),
  ]) {
    damage();
    await thread.restart();
    await thread.want({ zones });
    const lines = answerLines(await thread.ask(transferQuery(APEX, 1)));
    assert.deepEqual(sorted(lines), whole(3, a("a", 9), a("c", 3)));
    // It goes on from here.
    await publish(thread, 4, "a A 192.0.2.20");
    assert.equal(answerLines(await thread.ask(transferQuery(APEX, 3))).length, 8 - 1);
    await publish(thread, 3, "a A 192.0.2.9", "c A 192.0.2.3");
  }
});

test("a zone that was changed while the thread was away does not continue its journal", async (t) => {
  const thread = await startTransferThread(t);
  await threeVersions(thread);
  await thread.want({ zones: [] });
  await thread.want({ zones });
  await thread.worker.terminate();
  thread.publishUnseen(builtZone(APEX, `${apexText(7)}a A 192.0.2.77\n`));
  await thread.restart();
  await thread.want({ zones });
  const lines = answerLines(await thread.ask(transferQuery(APEX, 3)));
  assert.deepEqual(sorted(lines), whole(7, a("a", 77)));
});
