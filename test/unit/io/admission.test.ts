// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { writeAddress } from "../../../src/io/address.ts";
import { createAdmission } from "../../../src/io/admission.ts";

const limits = { connectionsPerClientMax: 2, connectionsPerPrefixMax: 3 };

function admission(prefixV4: number, prefixV6: number) {
  const { enter, leave } = createAdmission({ ...limits, prefixV4, prefixV6 });
  const client = new Uint8Array(16);
  const as = (text: string, act: (client: Uint8Array, family: number) => unknown) => {
    client.fill(0);
    return act(client, writeAddress(text, client, 0));
  };
  return {
    enter: (text: string) => as(text, enter),
    leave: (text: string) => as(text, leave),
  };
}

test("a client and its network have so many places each, and no more", () => {
  const { enter, leave } = admission(24, 48);
  assert.deepEqual(["192.0.2.1", "192.0.2.1", "192.0.2.1"].map(enter), [true, true, false]);
  assert.deepEqual(["192.0.2.2", "192.0.2.3", "192.0.3.1"].map(enter), [true, false, true]);
  leave("192.0.2.1");
  assert.deepEqual(["192.0.2.3", "192.0.2.1"].map(enter), [true, false]);
  const v6 = ["2001:db8:0:1::1", "2001:db8:0:2::1", "2001:db8:0:3::1", "2001:db8::4"];
  assert.deepEqual(v6.map(enter), [true, true, true, false]);
  assert.equal(enter("2001:db8:1::1"), true);
});

test("a network need not end with an octet; families are not mixed up", () => {
  const { enter } = admission(20, 128);
  const all = ["10.0.16.1", "10.0.31.1", "10.0.20.1", "10.0.32.1", "10.0.18.1"];
  assert.deepEqual(all.map(enter), [true, true, true, true, false]);
  assert.equal(enter("a00:1001::"), true);
});
