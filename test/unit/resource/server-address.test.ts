// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseServer } from "../../../src/resource/server-address.ts";

test("addresses with and without a port, in one form", () => {
  assert.deepEqual(parseServer("192.0.2.1", 53), { host: "192.0.2.1", port: 53 });
  assert.deepEqual(parseServer("192.0.2.1:5353", 53), { host: "192.0.2.1", port: 5353 });
  assert.deepEqual(parseServer("2001:DB8::0:1", 853), { host: "2001:db8::1", port: 853 });
  assert.deepEqual(parseServer("[2001:db8::1]:54", 53), { host: "2001:db8::1", port: 54 });
  assert.deepEqual(parseServer("[2001:db8::1]", 53), { host: "2001:db8::1", port: 53 });
});

test("what is none says why", () => {
  for (const text of ["", "ns1.example.org", "192.0.2.1:", "192.0.2.1:x", "[::1", "::1:99999x"]) {
    assert.match(parseServer(text, 53) as string, /no IP address/, text);
  }
  for (const text of ["192.0.2.1:0", "192.0.2.1:65536", "[::1]:0"]) {
    assert.match(parseServer(text, 53) as string, /port/, text);
  }
});
