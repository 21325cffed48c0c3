// SPDX-License-Identifier: Apache-2.0
/** Properties of signatures; the rules by section are in test/rfc/rfc8945.test.ts. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { composeQuery } from "../../../src/dns/compose.ts";
import { nameFromText } from "../../../src/dns/names.ts";
import { signRequest, type TsigKey, tsigAlgorithms, verifyRequest } from "../../../src/dns/tsig.ts";
import { tsigCrypto } from "../../../src/io/tsig.ts";

const key = (algorithm: TsigKey["algorithm"], secret: Uint8Array): TsigKey => ({
  ...{ name: nameFromText("k.")!, algorithm, secret },
});

test("what is signed is good, and with any other octet it is not", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...tsigAlgorithms),
      fc.uint8Array({ minLength: 1, maxLength: 80 }),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (algorithm, secret, at, turn) => {
        const mine = key(algorithm, secret);
        const query = composeQuery({ name: "example.", type: "AXFR", id: 9 });
        const { octets } = signRequest(query, mine, 1000, tsigCrypto);
        const status = (): string => verifyRequest(octets, () => mine, 1000, tsigCrypto).status;
        assert.equal(status(), "good");
        // The id on the way is not signed, nor has a letter in the record's names a case.
        const place = 2 + (at % (octets.length - 2));
        const before = octets[place]!;
        octets[place]! ^= turn;
        if (turn !== 0x20 || place < query.length) assert.notEqual(status(), "good");
        octets[place] = before;
        assert.equal(status(), "good");
      },
    ),
  );
});

test("a Buffer is read like any octets, and stays as it is", () => {
  const mine = key("hmac-sha256", new Uint8Array(32));
  const query = composeQuery({ name: "example.", type: "AXFR", id: 9 });
  const octets = Buffer.from(signRequest(query, mine, 1000, tsigCrypto).octets);
  const before = octets.toString("hex");
  assert.equal(verifyRequest(octets, () => mine, 1000, tsigCrypto).status, "good");
  assert.equal(octets.toString("hex"), before);
});
