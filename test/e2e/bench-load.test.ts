// SPDX-License-Identifier: Apache-2.0
/**
 * The load generator against the bare responder and against servers that misbehave: it counts what
 * was there, neither more nor less, and takes nothing for an answer that is none.
 */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { createSocket, type RemoteInfo } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, type TestContext, test } from "node:test";
import {
  type BareOptions,
  buildLoad,
  LOAD_PROGRAM,
  type LoadReport,
  loadArguments,
  runLoad,
  startBare,
} from "../../bench/load/load.ts";
import {
  type QuestionSpec,
  queryOf,
  questionsW1,
  questionsW2,
  questionsW3,
  writeQuestions,
} from "../../bench/load/questions.ts";
import { clientSubnetOf, isMessage, readMessage } from "../../src/dns/message.ts";
import { nameToText } from "../../src/dns/names.ts";

const skip = buildLoad() ?? false;
const folder = mkdtempSync(join(tmpdir(), "azimuth-load-"));
after(() => rmSync(folder, { recursive: true }));
const QUICK = { seconds: 0.2, warmupSeconds: 0.05, sockets: 4, timeoutMs: 3000 } as const;

let files = 0;
function fileOf(questions: Iterable<QuestionSpec>): string {
  files += 1;
  const file = join(folder, `${files}.azq`);
  writeQuestions(file, questions);
  return file;
}

/** Each of them has one A record for the bare responder to be right about. */
const found = fileOf([...questionsW3({ count: 300 }), ...questionsW2({ count: 300 })]);

async function bareFor(t: TestContext, options: BareOptions = {}) {
  const bare = await startBare(options);
  t.after(() => bare.stop());
  return bare;
}

/** A server in this process: `reply` gives the octets to send back, if any. */
async function serverFor(
  t: TestContext,
  reply: (query: Uint8Array, count: number) => readonly Uint8Array[],
): Promise<string> {
  const socket = createSocket("udp4");
  let count = 0;
  socket.on("message", (query: Uint8Array, from: RemoteInfo) => {
    for (const octets of reply(query, count++)) socket.send(octets, from.port, from.address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  t.after(() => socket.close());
  return `127.0.0.1:${socket.address().port}`;
}

/** Runs the program without blocking this process, whose sockets may be the server. */
async function run(args: readonly string[]) {
  const child = spawn(LOAD_PROGRAM, args);
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const [code] = (await once(child, "close")) as [number];
  const report = stdout.startsWith("{") ? (JSON.parse(stdout) as LoadReport) : null;
  return { code, stdout, stderr, report };
}

/** The right answer of one record, as the bare responder gives it. */
function answerOf(query: Uint8Array): Uint8Array {
  const out = new Uint8Array(query.length + 16);
  out.set(query);
  out[2]! |= 0x84;
  out[7] = 1;
  let end = 12;
  while (out[end] !== 0) end += 1 + out[end]!;
  out.copyWithin(end + 21, end + 5, query.length);
  out.set([0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4, 192, 0, 2, 1], end + 5);
  return out;
}

function assertAddsUp(report: LoadReport): void {
  assert.equal(report.sent, report.received + report.lost);
  assert.ok(report.received > 0);
  const { p50, p90, p99, p999, max } = report.latencyMicros;
  const ordered = [p50, p90, p99, p999, max];
  assert.deepEqual(
    ordered,
    ordered.toSorted((a, b) => a - b),
  );
  assert.ok(p50 > 0);
  assert.ok(report.idlePart >= 0 && report.idlePart <= 1);
}

test("closed: what is sent comes back, and the server's time is told", { skip }, async (t) => {
  const bare = await bareFor(t);
  const report = await runLoad({
    ...QUICK,
    mode: "closed",
    server: bare.address,
    questions: found,
    outstanding: 10,
    pids: [bare.pid],
  });
  assertAddsUp(report);
  assert.equal(report.lost, 0);
  assert.equal(report.wrong, 0);
  assert.equal(report.late, 0);
  // Seconds and rate are told rounded, each by itself.
  assert.ok(Math.abs(report.rate * report.seconds - report.received) < report.received / 1000);
  assert.ok(report.cpuMicrosPerQuery! > 0);
  assert.deepEqual(
    report.threads.map((thread) => thread.name),
    ["bare-responder"],
  );
  assert.ok(report.rssKib!.total > 0);
});

test("open: as many as the rate says, counted from when they were due", { skip }, async (t) => {
  const bare = await bareFor(t);
  const server = bare.address;
  const report = await runLoad({ ...QUICK, mode: "open", server, questions: found, rate: 2000 });
  assertAddsUp(report);
  assert.equal(report.lost, 0);
  assert.equal(report.wrong, 0);
  // 0.2 s at 2,000 a second, the first at once; fewer if this machine has stopped at the end.
  assert.ok(report.sent <= 401 && report.sent > 100, String(report.sent));
  assert.equal(report.cpuMicrosPerQuery, null);
  assert.deepEqual(report.threads, []);
});

test("a rate that cannot be kept is told, with what was offered", { skip }, async (t) => {
  const bare = await bareFor(t);
  const options = { ...QUICK, server: bare.address, questions: found, timeoutMs: 100 };
  const { code, stderr, report } = await run(
    loadArguments({ ...options, mode: "open", rate: 50_000_000 }),
  );
  assert.equal(code, 0);
  assert.match(stderr, /could not keep the rate: \d+ of 50000000 per second/);
  assert.ok(report!.behindMaxMicros > 1000);
  assert.ok(report!.offered < 50_000_000);
  assertAddsUp(report!);
});

test("larger answers, and more sockets than queries", { skip }, async (t) => {
  const bare = await bareFor(t, { size: 400, loop: "spin" });
  const questions = fileOf([{ name: "a.example.", type: "A", rcode: 0, answers: 20 }]);
  const options = { ...QUICK, server: bare.address, questions, outstanding: 3, sockets: 16 };
  const report = await runLoad({ ...options, mode: "closed" });
  assertAddsUp(report);
  assert.equal(report.wrong, 0);
});

test("the bare responder's answers are messages, with the OPT behind the record", {
  skip,
}, async (t) => {
  const bare = await bareFor(t);
  const socket = createSocket("udp4");
  t.after(() => socket.close());
  for (const question of [...questionsW1({ count: 3 }), ...questionsW2({ count: 8 })]) {
    const query = queryOf(question);
    socket.send(query, bare.port, "127.0.0.1");
    const [octets] = (await once(socket, "message")) as [Uint8Array];
    assert.deepEqual(new Uint8Array(octets), answerOf(query));
    const [asked, message] = [query, new Uint8Array(octets)].map(readMessage);
    assert.ok(isMessage(message!) && isMessage(asked!));
    assert.ok(message.qr && message.aa);
    assert.equal(message.answers.length, 1);
    assert.deepEqual(message.edns, asked.edns);
  }
});

test("answers that are not what was asked for are wrong, each in its way", { skip }, async (t) => {
  const change = (bend: (octets: Uint8Array) => void) => (query: Uint8Array) => {
    const octets = answerOf(query);
    bend(octets);
    return [octets];
  };
  const kinds: readonly [string, (query: Uint8Array) => readonly Uint8Array[]][] = [
    ["another RCODE", change((octets) => (octets[3]! |= 3))],
    ["too few answer records", change((octets) => (octets[7] = 0))],
    ["another question", change((octets) => (octets[13]! ^= 0x20))],
    ["another question", change((octets) => (octets[5] = 0))],
    ["not a response", change((octets) => (octets[2]! &= 0x7f))],
    ["nobody asked with that identifier", change((octets) => (octets[0]! ^= 0x80))],
    ["nobody asked with that identifier", (query) => [answerOf(query), answerOf(query)]],
    ["shorter than a header", (query) => [answerOf(query), new Uint8Array(11)]],
  ];
  for (const [words, reply] of kinds) {
    const server = await serverFor(t, reply);
    const options = { ...QUICK, seconds: 0.03, warmupSeconds: 0, server, questions: found };
    const { code, stderr, report } = await run(
      loadArguments({ ...options, mode: "closed", outstanding: 8, timeoutMs: 300 }),
    );
    assert.ok(report!.wrong > 0, words);
    assert.match(stderr, new RegExp(`^azimuth-load: wrong answer: ${words}$`, "m"));
    assert.match(stderr, /^ {2}[0-9a-f]{4}/m);
    assert.equal(report!.sent, report!.received + report!.lost);
    // Nobody's answer answers nothing.
    assert.equal(code, report!.received === 0 ? 1 : 0);
    if (words.startsWith("another")) assert.equal(report!.wrong, report!.received);
  }
});

test("without verification only identifier and QR count", { skip }, async (t) => {
  const server = await serverFor(t, (query) => {
    const octets = answerOf(query).subarray(0, 12);
    return [octets];
  });
  const options = { ...QUICK, server, questions: found, verify: false };
  const report = await runLoad({ ...options, mode: "closed", outstanding: 4 });
  assertAddsUp(report);
  assert.equal(report.wrong, 0);
});

test("what is not answered is lost, replaced, and not mistaken when it comes late", {
  skip,
}, async (t) => {
  const held: Uint8Array[] = [];
  const server = await serverFor(t, (query, count) => {
    // Every tenth query waits; its answer goes out much later, behind that of another one.
    if (count % 10 === 0) held.push(answerOf(query));
    const old = count > 400 && count % 2 === 0 ? held.splice(0, 1) : [];
    return count % 10 === 0 ? old : [answerOf(query), ...old];
  });
  const { report } = await run(
    loadArguments({
      ...{ mode: "closed", server, questions: found, outstanding: 2, sockets: 1 },
      ...{ seconds: 0.6, warmupSeconds: 0, timeoutMs: 5 },
    }),
  );
  assertAddsUp(report!);
  assert.ok(report!.lost > 5);
  assert.equal(report!.wrong, 0);
});

test("a silent server ends with 1, and so does a port where nobody listens", {
  skip,
}, async (t) => {
  const silent = await serverFor(t, () => []);
  const options = { ...QUICK, seconds: 0.05, questions: found, timeoutMs: 20 } as const;
  for (const load of [{ mode: "closed" } as const, { mode: "open", rate: 500 } as const]) {
    const { code, stderr, report } = await run(
      loadArguments({ ...options, ...load, server: silent }),
    );
    assert.equal(code, 1);
    assert.match(stderr, /answered nothing: silence$/m);
    assert.equal(report!.received, 0);
    assert.equal(report!.lost, report!.sent);
    assert.ok(report!.sent > 0);
  }
  const bare = await startBare();
  await bare.stop();
  const { code, stderr } = await run(
    loadArguments({ ...options, mode: "closed", server: bare.address }),
  );
  assert.equal(code, 1);
  assert.match(stderr, /answered nothing: Connection refused$/m);
  const nobody = { ...options, mode: "closed", server: bare.address } as const;
  await assert.rejects(runLoad(nobody), /answered nothing/);
});

test("bad input ends with 2 and is named", { skip }, () => {
  const whole = readFileSync(found);
  const damaged = join(folder, "damaged.azq");
  const server = "127.0.0.1:9";
  const refusal = (...args: readonly string[]) => {
    const { status, stderr, stdout } = spawnSync(LOAD_PROGRAM, args, { encoding: "utf8" });
    assert.equal(status, 2);
    assert.equal(stdout, "");
    return stderr;
  };
  const withFile = (octets: Uint8Array) => {
    writeFileSync(damaged, octets);
    return refusal("--server", server, "--questions", damaged);
  };
  assert.match(withFile(whole.subarray(0, whole.length - 1)), /damaged\.azq: record 599 is cut/);
  assert.match(withFile(Buffer.concat([whole, whole])), /goes on behind its last record/);
  assert.match(withFile(new Uint8Array(100)), /does not begin with AZQ1/);
  assert.match(refusal("--server", server, "--questions", "/nowhere"), /No such file/);
  assert.match(refusal("--server", "there:53", "--questions", found), /--server wants an address/);
  const shown = refusal("--server", server, "--questions", found, "--mode", "open");
  assert.match(shown, /--mode open wants --rate\n\nazimuth-load: asks a DNS server/);
  const nobody = ["--pid", "4194304", "--warmup", "0", "--seconds", "0.01", "--timeout-ms", "1"];
  assert.match(refusal("--server", server, "--questions", found, ...nobody), /No such process/);
  const help = spawnSync(LOAD_PROGRAM, ["--help"], { encoding: "utf8" });
  assert.equal(help.status, 0);
  assert.match(help.stdout, /^azimuth-load: asks a DNS server/);
});

test("the workloads are what they are called, and always the same", () => {
  const of = (questions: Iterable<QuestionSpec>) => [...questions];
  const one = of(questionsW1({ count: 2000, names: 100 }));
  const missing = one.filter((question) => question.rcode === 3);
  assert.equal(missing.length, 100);
  assert.ok(missing.every(({ name }) => /^none-\d+\.example\.$/.test(name)));
  assert.ok(one.some(({ rcode }, i) => rcode === 3 && i > 1500));
  assert.equal(new Set(one.map(({ name }) => name)).size > 120, true);
  assert.deepEqual(of(questionsW1({ count: 50 })), of(questionsW1({ count: 50 })));
  assert.notDeepEqual(of(questionsW1({ count: 50 })), of(questionsW1({ count: 50, seed: 9 })));

  const two = of(questionsW2({ count: 2000 }));
  const v6 = two.filter(({ ecs }) => ecs!.family === 2).length;
  assert.ok(v6 > 140 && v6 < 260, String(v6));
  assert.equal(new Set(two.map(({ name }) => name)).size, 20);
  for (const question of two.slice(0, 200)) {
    const message = readMessage(queryOf(question));
    assert.ok(isMessage(message));
    const ecs = clientSubnetOf(message)!;
    assert.deepEqual(
      [ecs.family, ecs.source, ecs.scope].join("/"),
      ecs.family === 1 ? "1/24/0" : "2/56/0",
    );
    assert.ok(
      ecs.family === 1 ? ecs.address[0]! > 0 && ecs.address[0]! < 224 : ecs.address[0]! >> 5 === 1,
    );
    assert.match(nameToText(message.questions[0]!.name), /^cdn-1?\d\.steer\.example\.$/);
    assert.equal(message.edns!.payload, 1232);
  }

  const three = of(questionsW3({ count: 2000 }));
  assert.ok(three.every(({ name }) => /^host-\d{1,6}\.example\.$/.test(name)));
  const [plain] = questionsW3({ count: 1 });
  const [extended] = questionsW3({ count: 1, payload: 1400 });
  assert.equal(queryOf(extended!).length, queryOf(plain!).length + 11);
});
