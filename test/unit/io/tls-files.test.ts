// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { loadTls } from "../../../src/io/tls-files.ts";
import { newCertificate, skipTls as skip } from "../../support/certificates.ts";
import { createFolder } from "../../support/control.ts";

test("what cannot be used is said in words, without anything of the key", { skip }, (t) => {
  const { folder, write } = createFolder(t);
  const [one, two] = [newCertificate(), newCertificate()];
  const files = {
    good: write("good.pem", one.certificate),
    key: write("key.pem", one.key),
    other: write("other.pem", two.key),
    text: write("text.pem", "no PEM at all"),
    cut: write("cut.pem", one.key.slice(0, 100)),
    absent: join(folder, "absent.pem"),
  };
  type Name = keyof typeof files;
  const load = (certificate: Name, key: Name) =>
    loadTls({ certificate: files[certificate], key: files[key] });
  const loaded = load("good", "key");
  assert.ok(typeof loaded !== "string");
  assert.match(loaded.fingerprint, /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  const rows: readonly (readonly [Name, Name, RegExp])[] = [
    ["good", "other", /other\.pem is not the key of .*good\.pem$/],
    ["text", "key", /text\.pem holds no certificate in PEM$/],
    ["good", "text", /text\.pem holds no private key in PEM/],
    ["good", "cut", /cut\.pem holds no private key in PEM/],
    ["absent", "key", /absent\.pem: /],
    ["good", "absent", /absent\.pem: /],
  ];
  for (const [certificate, key, wanted] of rows) {
    const refusal = load(certificate, key);
    assert.ok(typeof refusal === "string");
    assert.match(refusal, wanted);
    assert.ok(!refusal.includes(one.key.slice(30, 60)));
  }
});
