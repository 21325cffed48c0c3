// SPDX-License-Identifier: Apache-2.0
/** `azimuth import` reads files of this machine, and regular ones only. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { importConfig } from "../../../src/daemon/importing.ts";
import { createFolder } from "../../support/control.ts";

test("each source is read by its own importer", (t) => {
  const { write, folder } = createFolder(t);
  const bind = importConfig("bind", write("a", 'zone z.example { type primary; file "z"; };'));
  assert.match(bind.yaml!, new RegExp(`file: ${folder}/z`));
  const nsd = importConfig("nsd", write("b", "zone: name: z.example zonefile: /z"));
  assert.match(nsd.yaml!, /file: \/z/);
  for (const from of ["bind", "nsd"] as const) {
    for (const file of [folder, "/dev/zero", `${folder}/none`]) {
      const { yaml, notes } = importConfig(from, file);
      assert.equal(yaml, null, file);
      assert.equal(notes.length, 1, file);
    }
  }
});
