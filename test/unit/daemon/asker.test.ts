// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { addressOf, askerOf, mayAsk } from "../../../src/daemon/asker.ts";
import type { TransferContext } from "../../../src/daemon/transfer.ts";
import type { Asked } from "../../../src/daemon/transfer-desk.ts";
import { nameFromText } from "../../../src/dns/names.ts";
import type { TsigKey } from "../../../src/dns/tsig.ts";
import { writeAddress } from "../../../src/io/address.ts";
import { TRANSPORT_TCP, TRANSPORT_TLS } from "../../../src/layout/gen/enums.ts";

const algorithm = "hmac-sha256";
const secret = new Uint8Array(32);
const context = {
  wanted: () => ({
    keys: [{ id: "mine", name: "on-the.wire.", algorithm, secret }],
    remotes: [],
    zones: [],
  }),
} as unknown as TransferContext;
const key = (name: string): TsigKey => ({ name: nameFromText(name)!, algorithm, secret });

function asked(host: string, signedWith: TsigKey | null, transport = TRANSPORT_TCP): Asked {
  const client = new Uint8Array(16).fill(0xee);
  const family = writeAddress(host, client, 0);
  return { key: signedWith, job: { request: { client, family, transport } } } as unknown as Asked;
}

test("an address has as many octets as its family, a key the id of the configuration", () => {
  const four = asked("192.0.2.1", key("on-the.wire."));
  assert.deepEqual(askerOf(context, four), {
    ...{ address: Uint8Array.of(192, 0, 2, 1), key: "mine", tls: false },
  });
  assert.equal(addressOf(four), "192.0.2.1");
  const six = asked("2001:db8::1", null, TRANSPORT_TLS);
  assert.equal(askerOf(context, six).address.length, 16);
  assert.deepEqual([askerOf(context, six).key, askerOf(context, six).tls], [null, true]);
  assert.equal(addressOf(six), "2001:db8::1");
  assert.equal(askerOf(context, asked("192.0.2.1", key("another."))).key, null);
});

test("rules of the configuration are asked with all that they say", () => {
  const rules = [{ prefix: "192.0.2.0/24", key: "mine", tls: false }];
  assert.equal(mayAsk(context, rules, asked("192.0.2.9", key("on-the.wire."))), true);
  assert.equal(mayAsk(context, rules, asked("192.0.3.9", key("on-the.wire."))), false);
  assert.equal(mayAsk(context, rules, asked("192.0.2.9", null)), false);
  assert.equal(mayAsk(context, [], asked("192.0.2.9", key("on-the.wire."))), false);
});
