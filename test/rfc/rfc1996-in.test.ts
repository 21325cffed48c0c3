// SPDX-License-Identifier: Apache-2.0
/**
 * RFC 1996, NOTIFY as it comes in, by section: the real thread, asked as its readers ask it. That a
 * change is fetched when NSD, Knot or BIND tell of it shows test/e2e/secondary.test.ts.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { composeMessage, composeQuery } from "../../src/dns/compose.ts";
import { Opcode, Rcode } from "../../src/dns/iana.ts";
import { nameFromText } from "../../src/dns/names.ts";
import { createVerifier, signRequest, type TsigKey } from "../../src/dns/tsig.ts";
import { tsigCrypto } from "../../src/io/tsig.ts";
import type { Remote } from "../../src/resource/types.ts";
import { parse } from "../support/daemon-client.ts";
import { startTransferThread, wantedZone } from "../support/transfer-thread.ts";
import { recordOf, soaLine } from "../support/transfers.ts";

const secret = new Uint8Array(32).fill(9);
const key: TsigKey = { name: nameFromText("k1.")!, algorithm: "hmac-sha256", secret };
const [PRIMARY, SIGNING, FRIEND, STRANGER] = ["127.0.0.7", "127.0.0.8", "::9", "127.0.0.10"];

const now = (): number => Math.floor(Date.now() / 1000);

const notify = (name: string, type = "SOA"): Uint8Array =>
  composeQuery({ name, type, id: 4711, opcode: Opcode.NOTIFY });

/** A thread with a secondary of two primaries, one of which signs, and a primary zone. */
async function startThread(t: TestContext) {
  const thread = await startTransferThread(t);
  // Nobody listens at port 1: the zone is asked for in vain.
  const remote = (id: string, host: string, signs: boolean): Remote => {
    const addresses = [{ host, port: 1 }];
    return { id, addresses, key: signs ? "one" : null, source: null, tls: null };
  };
  const allowNotify = [{ prefix: "::9/128", key: null, tls: false }];
  const zone = (apex: string, primaries: readonly string[]) =>
    wantedZone(apex, { primaries, allowNotify }, { file: join(thread.folder, `${apex}zone`) });
  await thread.want({
    keys: [{ id: "one", name: "k1.", algorithm: key.algorithm, secret }],
    remotes: [remote("plain", PRIMARY!, false), remote("signing", SIGNING!, true)],
    zones: [zone("example.org.", ["plain", "signing"]), zone("own.org.", [])],
  });
  return thread;
}

test("§3.7, §4.7: a primary is answered with its question, authoritative, and no data", async (t) => {
  const thread = await startThread(t);
  const withSoa = composeMessage({
    ...parse(notify("eXample.ORG.")),
    answers: [recordOf(soaLine(9))],
  });
  for (const octets of [notify("eXample.ORG."), withSoa]) {
    const [reply] = await thread.ask(octets, { client: PRIMARY! });
    const message = parse(reply!);
    assert.deepEqual(
      [message.id, message.qr, message.opcode, message.aa, message.rcode],
      [4711, true, Opcode.NOTIFY, true, Rcode.NOERROR],
    );
    assert.deepEqual(message.questions[0]!.name, nameFromText("eXample.ORG."));
    assert.equal(message.answers.length + message.authorities.length, 0);
  }
});

test("§3.10: whoever is not a primary is refused, unless the configuration lists it", async (t) => {
  const thread = await startThread(t);
  const rcode = async (octets: Uint8Array, client: string): Promise<number> =>
    parse((await thread.ask(octets, { client }))[0]!).rcode;
  assert.equal(await rcode(notify("example.org."), STRANGER!), Rcode.REFUSED);
  assert.equal(await rcode(notify("example.org."), FRIEND!), Rcode.NOERROR);
  assert.equal(await rcode(notify("example.net."), PRIMARY!), Rcode.NOTAUTH);
  // A zone of our own has nobody to ask.
  assert.equal(await rcode(notify("own.org."), FRIEND!), Rcode.REFUSED);
});

test("§3.6: only the type SOA is defined", async (t) => {
  const thread = await startThread(t);
  const [reply] = await thread.ask(notify("example.org.", "A"), { client: PRIMARY! });
  assert.equal(parse(reply!).rcode, Rcode.FORMERR);
});

test("RFC 8945 §5: a primary that signs is heard only with its key, and hears it back", async (t) => {
  const thread = await startThread(t);
  const [bare] = await thread.ask(notify("example.org."), { client: SIGNING! });
  assert.equal(parse(bare!).rcode, Rcode.REFUSED);
  const { octets, mac } = signRequest(notify("example.org."), key, now(), tsigCrypto);
  const [reply] = await thread.ask(octets, { client: SIGNING! });
  assert.deepEqual(createVerifier(key, mac, tsigCrypto).check(reply!, now()), {
    ...{ good: true, signed: true },
  });
  assert.equal(parse(reply!).rcode, Rcode.NOERROR);
});
