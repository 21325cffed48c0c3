// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import { encode, faultTexts, recordTexts, scan } from "./zones.ts";

test("directives in any case; quotes and escapes in file names", () => {
  const asked: string[] = [];
  const open = (path: string): Uint8Array => {
    asked.push(path);
    return encode("x A 1.2.3.4\n");
  };
  const { value, faults } = scan('$ttl 5\n$Origin a\n$include "my\\032\\"file" ; why\n', { open });
  assert.deepEqual(faults, []);
  assert.deepEqual(asked, ['my "file']);
  assert.deepEqual(recordTexts(value), ["x.a.example.org. 5 A 1.2.3.4"]);
});

test("wrong arguments", () => {
  const { faults } = scan(
    "$TTL\n$TTL 1 2\n$ORIGIN\n$INCLUDE\n$INCLUDE a b c\n$\n$INCLUDE \\25\n$INCLUDE a b..c\n",
    {
      open: () => new Uint8Array(0),
    },
  );
  assert.deepEqual(faultTexts(faults), [
    "zone:1:1 ZONE_DIRECTIVE $TTL takes one TTL",
    "zone:2:1 ZONE_DIRECTIVE $TTL takes one TTL",
    "zone:3:1 ZONE_DIRECTIVE $ORIGIN takes one name",
    "zone:4:1 ZONE_DIRECTIVE $INCLUDE takes a file and perhaps an origin",
    "zone:5:1 ZONE_DIRECTIVE $INCLUDE takes a file and perhaps an origin",
    "zone:6:1 ZONE_DIRECTIVE $ is not known",
    "zone:7:10 ZONE_INCLUDE the file name has a bad escape",
    "zone:8:12 ZONE_DIRECTIVE the name has an empty label",
  ]);
});

test("a dollar sign that is escaped, quoted or indented is no directive", () => {
  const { value, faults } = scan('$TTL 5\n\\$TTL A 1.2.3.4\n"$x" A 1.2.3.4\n $TTL 9\n');
  assert.deepEqual(recordTexts(value), [
    "\\$ttl.example.org. 5 A 1.2.3.4",
    "\\$x.example.org. 5 A 1.2.3.4",
  ]);
  assert.deepEqual(faultTexts(faults), ["zone:4:2 ZONE_TYPE $TTL is not a type"]);
});
