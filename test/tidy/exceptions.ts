// SPDX-License-Identifier: Apache-2.0
/** What may break a rule about the text, each with its reason. An entry that is not needed fails. */

/** Files longer than 600 lines. */
export const longFiles: Readonly<Record<string, string>> = {
  "src/base/faults.ts": "a catalogue: rows that are looked up, with one home for every fault",
};

/** Files without a test of their own name; those that hold only types need no entry. */
export const untestedFiles: Readonly<Record<string, string>> = {
  "src/daemon/notifier.ts": "test/rfc/rfc1996.test.ts hears what it sends, and answers",
  "src/daemon/transfer-out.ts": "test/rfc/rfc5936.test.ts and rfc1995.test.ts ask it by section",
  "src/daemon/zone-versions.ts": "test/rfc/rfc1995.test.ts publishes versions and damages journals",
  "src/transfer/notify.ts": "test/rfc/rfc1996.test.ts holds its times and states",
  "src/transfer/outgoing.ts":
    "test/rfc/rfc5936.test.ts and rfc1995.test.ts hold its order and its OPT",
  "src/daemon/signed-query.ts": "test/unit/workers/transfer.test.ts asks it, with and without room",
  "src/daemon/notify-in.ts": "test/rfc/rfc1996.test.ts asks the thread with every kind of sender",
  "src/daemon/received.ts": "test/unit/daemon/secondaries.test.ts: with, without and after control",
  "src/daemon/reply-edns.ts": "test/rfc/rfc7873.test.ts asks the thread in every opcode",
  "src/daemon/served-soa.ts": "test/rfc/rfc1995.test.ts asks for what it gives",
  "src/daemon/update-in.ts": "test/rfc/rfc2136.test.ts runs it with nsupdate as its client",
  "src/daemon/update-store.ts":
    "test/e2e/update-journal.test.ts kills it, edits beside it, flushes",
  "workers/udp.ts":
    "a thread entry of ten lines; test/e2e/serve.test.ts and threads.test.ts run it",
  "workers/stream-answer.ts": "test/rfc/rfc7766.test.ts asks it, of a whole stream thread",
  "workers/stream-connections.ts":
    "test/rfc/rfc9210.test.ts: every bound, of a whole stream thread",
  "workers/stream-dns.ts": "test/rfc/rfc7766.test.ts, of a whole stream thread",
  "workers/stream-https.ts": "test/rfc/rfc8484.test.ts, of a whole stream thread",
  "workers/stream-tls.ts": "test/rfc/rfc7858.test.ts, of a whole stream thread",
  "src/daemon/version.ts": "reads package.json; test/unit/cli shows what --version prints",
};

/** Packages that the core may import: they are pure functions of their arguments. */
export const corePackages: Readonly<Record<string, readonly string[]>> = {
  // Shapes of resources, and through them the reference page and the editor's schema.
  resource: ["zod"],
};
