// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import {
  RECORD_FILE_RDATA_SIZE,
  RECORD_LINE,
  RECORD_OWNER,
  RECORD_RDATA,
  RECORD_SIZE_TYPE,
  RECORD_TTL,
  RECORD_WORDS,
} from "../../../src/zone/value.ts";

test("the words of a record are distinct and fill it", () => {
  const words = [RECORD_OWNER, RECORD_SIZE_TYPE, RECORD_TTL, RECORD_RDATA, RECORD_FILE_RDATA_SIZE];
  words.push(RECORD_LINE);
  assert.deepEqual(
    words.sort(),
    Array.from({ length: RECORD_WORDS }, (_, i) => i),
  );
});
