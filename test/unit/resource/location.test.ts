// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import { isAtOrBelow, locationRefusal } from "../../../src/resource/location.ts";

test("paths from the continent inwards are locations", () => {
  for (const path of ["EU", "EU/DE", "EU/DE/BE", "EU/DE/BE/Berlin"]) {
    assert.equal(locationRefusal(path), null, path);
  }
});

test("a refusal says what was probably meant", () => {
  assert.match(locationRefusal("DE") ?? "", /did you mean EU\/DE\?/);
  assert.match(locationRefusal("eu") ?? "", /did you mean EU\?/);
  assert.match(locationRefusal("EU/US") ?? "", /did you mean NA\/US\?/);
  assert.match(locationRefusal("EU/ZZ") ?? "", /no country/);
  assert.match(locationRefusal("Europe") ?? "", /no continent/);
  assert.match(locationRefusal("EU/DE/BE/Berlin/Mitte") ?? "", /one to four/);
  assert.match(locationRefusal("EU/DE//Berlin") ?? "", /one to four/);
  assert.notEqual(locationRefusal(""), null);
});

test("what lies below lies in it, and a thing lies in itself", () => {
  assert.ok(isAtOrBelow(["EU", "DE"], ["EU"]));
  assert.ok(isAtOrBelow(["EU"], ["EU"]));
  assert.ok(!isAtOrBelow(["EU"], ["EU", "DE"]));
  assert.ok(!isAtOrBelow(["NA", "US"], ["EU"]));
});
