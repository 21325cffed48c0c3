// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { wantedOf } from "../../../src/daemon/transfer-wanted.ts";
import { nameToText } from "../../../src/dns/names.ts";
import { rdataToText } from "../../../src/dns/rdata.ts";
import { createFolder, desiredState } from "../../support/control.ts";

test("secrets come from the text or a file, and a key without one is left out and told of", (t) => {
  const { folder, write } = createFolder(t);
  const state = desiredState(folder);
  const file = write("secret", "QUJDREVGR0g=\n");
  const bad = write("bad", "not base64!");
  const key = { algorithm: "hmac-sha256", secret: "", secretFile: "" } as const;
  const keys = [
    { ...key, id: "a", name: "a.", secret: "AAEC" },
    { ...key, id: "b", name: "b.", secretFile: file },
    { ...key, id: "c", name: "c.", secretFile: bad },
    { ...key, id: "d", name: "d.", secretFile: `${file}.absent` },
  ];
  const told: string[] = [];
  const wanted = wantedOf({ ...state, keys }, (text) => told.push(text));
  assert.deepEqual(
    wanted.keys.map(({ id, secret }) => [id, Buffer.from(secret).toString("latin1")]),
    [
      ["a", "\0\x01\x02"],
      ["b", "ABCDEFGH"],
    ],
  );
  assert.equal(told.length, 2);
  assert.match(told[0]!, /^key c .* not Base64$/);
  assert.match(told[1]!, /^key d /);
  assert.doesNotMatch(told.join(), /base64!/);
});

test("a steered name is flattened to all that its policy may choose, where the zone says so", (t) => {
  const { folder } = createFolder(t);
  const state = desiredState(folder);
  const steeredZone = state.zones.find(({ steered }) => steered.length > 0)!;
  const flat = (steered: "refuse" | "flatten") => {
    const zones = [{ ...steeredZone, transfer: { ...steeredZone.transfer, steered } }];
    const [zone] = wantedOf({ ...state, zones }, () => {}).zones;
    assert.equal(zone!.steered, true);
    return zone!.flattened.map(
      ({ owner, type, ttl, rdatas }) =>
        `${nameToText(owner)} ${ttl} ${rdatas.map((one) => rdataToText(type, one)).join(" ")}`,
    );
  };
  assert.deepEqual(flat("refuse"), []);
  assert.deepEqual(flat("flatten"), ["www.example.org. 300 192.0.2.1 198.51.100.1"]);
});
