// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { MessageChannel } from "node:worker_threads";
import { createSlowLink, type SlowAsker, type SlowQuestion } from "../../../src/io/slow-link.ts";
import { until } from "../../support/daemon.ts";
import { slowEnd } from "../../support/slow-end.ts";

const question = (text: string): SlowQuestion => ({
  ...{ octets: Uint8Array.from(Buffer.from(text)), client: new Uint8Array(16) },
  ...{ family: 4, port: 4711, transport: 1 },
});

function collect(): SlowAsker & { readonly said: string[]; readonly written: (() => void)[] } {
  const said: string[] = [];
  const written: (() => void)[] = [];
  return {
    ...{ said, written },
    reply: (octets, last, done) => {
      said.push(`${Buffer.from(octets)}${last ? "." : ""}`);
      written.push(done);
    },
    lost: () => said.push("lost"),
  };
}

test("L1, L2: replies come until the last, and each but that one is told as written", async (t) => {
  const end = slowEnd(t, ({ id, octets }, { reply }) => {
    reply(id, octets, false);
    reply(id, octets, false);
  });
  const asker = collect();
  const id = end.link.ask(question("hello"), asker);
  await until("both came", () => asker.said.length === 2);
  asker.written[0]!();
  await until("one is written", () => end.heard.length === 2);
  assert.deepEqual(end.heard[1], { kind: "written", id });
  end.reply(id, Buffer.from("end"), true);
  await until("all came", () => asker.said.length === 3);
  assert.deepEqual(asker.said, ["hello", "hello", "end."]);
  assert.equal(end.link.waiting, 0);
  // Too late: the request has ended.
  asker.written[1]!();
  end.reply(id, Buffer.from("more"), true);
  const other = collect();
  end.link.ask(question("other"), other);
  await until("the other is answered", () => other.said.length === 2);
  assert.equal(asker.said.length, 3);
  assert.deepEqual(
    end.heard.map(({ kind }) => kind),
    ["request", "written", "request"],
  );
});

test("who has gone hears nothing more, and the other end is told", async (t) => {
  const end = slowEnd(t, () => {});
  const asker = collect();
  const id = end.link.ask(question("hello"), asker);
  end.link.gone(id);
  end.link.gone(id);
  await until("it is told", () => end.heard.length === 2);
  assert.deepEqual(end.heard[1], { kind: "gone", id });
  end.reply(id, Buffer.from("late"), true);
  const other = collect();
  const last = end.link.ask(question("other"), other);
  await until("it is heard", () => end.heard.length === 3);
  end.reply(last, Buffer.from("x"), true);
  await until("answered", () => other.said.length === 1);
  assert.deepEqual(asker.said, []);
});

test("K2: without a line, or with too many under way, nothing is taken", async (t) => {
  assert.equal(createSlowLink(9).ask(question("x"), collect()), 0);
  const end = slowEnd(t, () => {}, 2);
  assert.ok(end.link.ask(question("1"), collect()) > 0);
  assert.ok(end.link.ask(question("2"), collect()) > 0);
  assert.equal(end.link.ask(question("3"), collect()), 0);
});

test("K1: a line that ends, or gives way to another, loses what went over it, once", async (t) => {
  const end = slowEnd(t, () => {});
  const first = collect();
  end.link.ask(question("1"), first);
  const { port1, port2 } = new MessageChannel();
  t.after(() => port2.close());
  end.link.connect(port1);
  assert.deepEqual(first.said, ["lost"]);
  const second = collect();
  end.link.ask(question("2"), second);
  port2.close();
  await until("it is lost", () => second.said.length === 1);
  assert.deepEqual([first.said, second.said], [["lost"], ["lost"]]);
  assert.equal(end.link.ask(question("3"), collect()), 0);
});
