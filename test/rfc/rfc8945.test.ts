// SPDX-License-Identifier: Apache-2.0
/** RFC 8945, TSIG, by section; the peers of the last tests are dig and kdig. */
import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { test } from "node:test";
import { promisify } from "node:util";
import { composeMessage, composeQuery } from "../../src/dns/compose.ts";
import { isMessage, readMessage } from "../../src/dns/message.ts";
import { nameFromText } from "../../src/dns/names.ts";
import {
  createSigner,
  createVerifier,
  findTsig,
  signError,
  signRequest,
  type TsigCheck,
  TsigError,
  type TsigKey,
  type TsigRecord,
  tsigAlgorithms,
  tsigSize,
  verifyRequest,
} from "../../src/dns/tsig.ts";
import { tsigName } from "../../src/dns/tsig-record.ts";
import { tsigCrypto } from "../../src/io/tsig.ts";

const NOW = 1_800_000_000;
const secret = new Uint8Array(32).map((_, i) => i * 7);
const key: TsigKey = { name: nameFromText("k1.example.")!, algorithm: "hmac-sha256", secret };
const query = composeQuery({ name: "example.", type: "SOA", id: 0x1234 });

function answer(id = 0x1234): Uint8Array {
  const read = readMessage(query);
  assert.ok(isMessage(read));
  return composeMessage({ ...read, id, qr: true });
}

function recordOf(octets: Uint8Array): TsigRecord {
  const found = findTsig(octets);
  assert.ok(found !== null && found !== "malformed");
  return found;
}

function verify(octets: Uint8Array, now = NOW, known: TsigKey = key, whole = true): TsigCheck {
  const keyOf = (name: Uint8Array): TsigKey | null =>
    Buffer.compare(name, known.name) === 0 ? known : null;
  return verifyRequest(octets, keyOf, now, tsigCrypto, whole);
}

/** What a check says, as one word. */
function word(check: TsigCheck): string | number {
  return check.status === "failed" ? check.error : check.status;
}

/** The message with the MAC of its record cut to `size` octets. */
function cutMac(octets: Uint8Array, size: number): Uint8Array {
  const { mac, at } = recordOf(octets);
  const macAt = Buffer.from(octets).indexOf(mac);
  const out = Buffer.concat([
    octets.subarray(0, macAt + size),
    octets.subarray(macAt + mac.length),
  ]);
  out.writeUInt16BE(size, macAt - 2);
  const rdlength = at + recordOf(octets).keyName.length + 8;
  out.writeUInt16BE(out.length - rdlength - 2, rdlength);
  return out;
}

test("RFC 8945 §4.2: the record holds what it was made of", () => {
  for (const algorithm of tsigAlgorithms) {
    const mine = { ...key, algorithm };
    const { octets, mac } = signRequest(query, mine, NOW, tsigCrypto);
    const record = recordOf(octets);
    assert.deepEqual(record.mac, mac);
    assert.deepEqual(record.keyName, key.name);
    assert.deepEqual(record.algorithmName, tsigName(algorithm));
    assert.equal(record.timeSecs, NOW);
    assert.equal(record.fudgeSecs, 300);
    assert.equal(record.originalId, 0x1234);
    assert.equal(record.error, 0);
    assert.equal(record.other.length, 0);
    assert.ok(octets.length - query.length <= tsigSize(mine));
    assert.ok(isMessage(readMessage(octets)));
  }
});

test("RFC 8945 §4.2: the time has 48 bits", () => {
  const late = 2 ** 40 + 12_345;
  const { octets } = signRequest(query, key, late, tsigCrypto);
  assert.equal(recordOf(octets).timeSecs, late);
  assert.equal(word(verify(octets, late)), "good");
});

test("RFC 8945 §4.3.2: another id on the way does not matter, another octet does", () => {
  const { octets } = signRequest(query, key, NOW, tsigCrypto);
  const forwarded = octets.slice();
  forwarded.set([0xab, 0xcd]);
  assert.equal(word(verify(forwarded)), "good");
  for (let i = 2; i < query.length; i += 1) {
    const changed = octets.slice();
    changed[i]! ^= 0x20;
    assert.notEqual(word(verify(changed)), "good", `octet ${i}`);
  }
});

test("RFC 8945 §4.3.3: names in the record have no case", () => {
  const { octets } = signRequest(query, key, NOW, tsigCrypto);
  const { at } = recordOf(octets);
  const upper = octets.slice();
  for (let i = at; i < at + key.name.length; i += 1) {
    if (upper[i]! >= 0x61 && upper[i]! <= 0x7a) upper[i]! -= 0x20;
  }
  assert.notDeepEqual(upper, octets);
  assert.equal(word(verify(upper)), "good");
});

test("RFC 8945 §5.1: a message without a record is not signed", () => {
  assert.equal(word(verify(query)), "none");
});

test("RFC 8945 §5.1: a record that is not the last, or not alone, is malformed", () => {
  const { octets } = signRequest(query, key, NOW, tsigCrypto);
  const { at } = recordOf(octets);
  const twice = Buffer.concat([octets, octets.subarray(at)]);
  twice[11] = 2;
  assert.equal(word(verify(twice)), "malformed");
  const inAnswers = octets.slice();
  inAnswers[7] = 1;
  inAnswers[11] = 0;
  assert.equal(word(verify(inAnswers)), "malformed");
  const ttl = octets.slice();
  ttl[at + key.name.length + 7] = 1;
  assert.equal(word(verify(ttl)), "malformed");
  for (let size = 12; size < octets.length; size += 1) {
    assert.equal(word(verify(octets.slice(0, size))), "malformed", `${size} octets`);
  }
});

test("RFC 8945 §5.2.1: an unknown key, or another algorithm, is BADKEY and unsigned", () => {
  const stranger = { ...key, name: nameFromText("k2.example.")! };
  const other: TsigKey = { ...key, algorithm: "hmac-sha512" };
  for (const one of [stranger, other]) {
    const check = verify(signRequest(query, one, NOW, tsigCrypto).octets);
    assert.equal(word(check), TsigError.BADKEY);
    assert.ok(check.status === "failed" && check.key === null);
    const record = recordOf(signError(answer(), check, NOW, tsigCrypto));
    assert.equal(record.mac.length, 0);
    assert.equal(record.error, TsigError.BADKEY);
    assert.deepEqual(record.keyName, one.name);
  }
});

test("RFC 8945 §5.2.2: another secret is BADSIG and unsigned", () => {
  const forged = signRequest(query, { ...key, secret: secret.slice(1) }, NOW, tsigCrypto);
  const check = verify(forged.octets);
  assert.equal(word(check), TsigError.BADSIG);
  assert.ok(check.status === "failed" && check.key === null);
  const record = recordOf(signError(answer(), check, NOW, tsigCrypto));
  assert.equal(record.mac.length, 0);
  assert.equal(record.error, TsigError.BADSIG);
});

test("RFC 8945 §5.2.2.1, §5.2.4: a MAC may be cut to its half, which our policy is BADTRUNC", () => {
  const { octets } = signRequest(query, key, NOW, tsigCrypto);
  assert.equal(word(verify(cutMac(octets, 16), NOW, key, false)), "good");
  const check = verify(cutMac(octets, 16));
  assert.equal(word(check), TsigError.BADTRUNC);
  assert.ok(check.status === "failed" && check.key !== null);
  const record = recordOf(signError(answer(), check, NOW, tsigCrypto));
  assert.equal(record.error, TsigError.BADTRUNC);
  assert.equal(record.mac.length, 32);
  assert.equal(word(verify(cutMac(octets, 15), NOW, key, false)), "malformed");
  assert.equal(word(verify(cutMac(octets, 0), NOW, key, false)), "malformed");
  const long = signRequest(query, { ...key, algorithm: "hmac-sha512" }, NOW, tsigCrypto).octets;
  const wide: TsigKey = { ...key, algorithm: "hmac-sha512" };
  assert.equal(word(verify(cutMac(long, 31), NOW, wide, false)), "malformed");
});

test("RFC 8945 §5.2.3: a time beyond the fudge is BADTIME, signed, with the client's time and ours", () => {
  const { octets } = signRequest(query, key, NOW, tsigCrypto);
  assert.equal(word(verify(octets, NOW + 300)), "good");
  assert.equal(word(verify(octets, NOW - 300)), "good");
  for (const now of [NOW + 301, NOW - 301]) {
    const check = verify(octets, now);
    assert.equal(word(check), TsigError.BADTIME);
    assert.ok(check.status === "failed");
    const record = recordOf(signError(answer(), check, now, tsigCrypto));
    assert.equal(record.timeSecs, NOW);
    assert.equal(record.mac.length, 32);
    assert.equal(Buffer.from(record.other).readUIntBE(0, 6), now);
  }
});

test("RFC 8945 §5.2.3: a wrong MAC is told before a wrong time", () => {
  const forged = signRequest(query, { ...key, secret: secret.slice(1) }, NOW, tsigCrypto);
  assert.equal(word(verify(forged.octets, NOW + 9999)), TsigError.BADSIG);
});

test("RFC 8945 §5.3: a reply is chained to its request", () => {
  for (const algorithm of tsigAlgorithms) {
    const mine = { ...key, algorithm };
    const { mac } = signRequest(query, mine, NOW, tsigCrypto);
    const reply = createSigner(mine, mac, tsigCrypto).sign(answer(), NOW);
    assert.ok(createVerifier(mine, mac, tsigCrypto).check(reply, NOW).good);
    const other = new Uint8Array(mac);
    other[0]! ^= 1;
    assert.ok(!createVerifier(mine, other, tsigCrypto).check(reply, NOW).good);
  }
});

test("RFC 8945 §5.3.1: messages of a stream are chained, in order and without a gap", () => {
  const { mac } = signRequest(query, key, NOW, tsigCrypto);
  const signer = createSigner(key, mac, tsigCrypto);
  const stream = [1, 2, 3, 4].map((id) => signer.sign(answer(id), NOW));
  const verifier = createVerifier(key, mac, tsigCrypto);
  assert.ok(!verifier.mayEnd());
  for (const message of stream) assert.ok(verifier.check(message, NOW).good);
  assert.ok(verifier.mayEnd());
  const gap = createVerifier(key, mac, tsigCrypto);
  assert.ok(gap.check(stream[0]!, NOW).good);
  assert.ok(!gap.check(stream[2]!, NOW).good);
});

test("RFC 8945 §5.3.1: 99 messages may be unsigned, not 100, nor the first or the last", () => {
  const { mac } = signRequest(query, key, NOW, tsigCrypto);
  const first = createSigner(key, mac, tsigCrypto).sign(answer(), NOW);
  const begun = () => {
    const verifier = createVerifier(key, mac, tsigCrypto);
    assert.ok(verifier.check(first, NOW).good);
    return verifier;
  };
  assert.ok(!createVerifier(key, mac, tsigCrypto).check(answer(), NOW).good);
  const verifier = begun();
  for (let i = 0; i < 99; i += 1) assert.ok(verifier.check(answer(i), NOW).good);
  assert.ok(!verifier.mayEnd());
  assert.ok(!verifier.check(answer(99), NOW).good);
  // A signature covers the unsigned messages in front of it.
  const chained = begun();
  assert.ok(chained.check(answer(7), NOW).good);
  const signer = createSigner(key, mac, tsigCrypto);
  signer.sign(answer(), NOW);
  assert.ok(!chained.check(signer.sign(answer(8), NOW), NOW).good);
});

test("RFC 8945 §5.4: an error of the server is told, whether it is signed or not", () => {
  const { mac } = signRequest(query, key, NOW, tsigCrypto);
  const unsigned = verify(signRequest(query, { ...key, secret }, NOW, tsigCrypto).octets, NOW, {
    ...key,
    secret: secret.slice(1),
  });
  assert.ok(unsigned.status === "failed");
  const bad = signError(answer(), unsigned, NOW, tsigCrypto);
  const told = createVerifier(key, mac, tsigCrypto).check(bad, NOW);
  assert.ok(!told.good && told.error === TsigError.BADSIG);
  const late = verify(signRequest(query, key, NOW, tsigCrypto).octets, NOW + 1000);
  assert.ok(late.status === "failed");
  const time = signError(answer(), late, NOW + 1000, tsigCrypto);
  const heard = createVerifier(key, mac, tsigCrypto).check(time, NOW);
  assert.ok(!heard.good && heard.error === TsigError.BADTIME);
});

for (const tool of ["dig", "kdig"] as const) {
  for (const algorithm of tsigAlgorithms) {
    const skip = spawnSync(tool, ["-v"]).error !== undefined && `needs ${tool}`;
    test(`RFC 8945 §6: ${tool} and we agree on ${algorithm}`, { skip }, async () => {
      const mine = { ...key, algorithm };
      const socket = createSocket("udp4");
      socket.bind(0, "127.0.0.1");
      await once(socket, "listening");
      const seen: (string | number)[] = [];
      socket.on("message", (octets, { port }) => {
        const now = Math.floor(Date.now() / 1000);
        const check = verify(octets, now, mine);
        seen.push(word(check));
        if (check.status !== "good") return;
        const read = readMessage(octets);
        assert.ok(isMessage(read));
        const reply = composeMessage({ ...read, qr: true, rcode: 0, additionals: [], edns: null });
        socket.send(createSigner(mine, check.record.mac, tsigCrypto).sign(reply, now), port);
      });
      try {
        const text = `${algorithm}:k1.example:${Buffer.from(secret).toString("base64")}`;
        const where = ["-p", String(socket.address().port), "@127.0.0.1"];
        const run = promisify(execFile);
        const { stdout } = await run(tool, ["-y", text, ...where, "example.", "SOA"]);
        assert.deepEqual(seen, ["good"]);
        assert.match(stdout, /NOERROR/);
        assert.doesNotMatch(stdout, /verif[a-z]* fail|Couldn't verify/i);
      } finally {
        socket.close();
      }
    });
  }
}
