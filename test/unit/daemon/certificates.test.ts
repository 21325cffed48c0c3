// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { loadConfig } from "../../../src/config/load.ts";
import { certificateFaults } from "../../../src/daemon/certificates.ts";
import { checkConfig } from "../../../src/daemon/offline.ts";
import { newCertificate, skipTls as skip } from "../../support/certificates.ts";
import { createFolder } from "../../support/control.ts";

test("check finds a certificate that could not be used; both files are watched", {
  skip,
}, async (t) => {
  const { write } = createFolder(t);
  const config = write(
    "azimuth.yaml",
    'node: { tls: { certificate: c.pem, key: k.pem, listen: ["127.0.0.1:0"] } }\nzones: {}\n',
  );
  const pem = newCertificate();
  const certificate = write("c.pem", pem.certificate);
  const key = write("k.pem", "nothing");
  const loaded = loadConfig(config, { defaultCountryFile: "" }).value!;
  assert.ok(loaded.files.includes(certificate) && loaded.files.includes(key));
  const [fault] = certificateFaults(loaded.node);
  assert.deepEqual([fault!.key, fault!.place.file], ["TLS_CERTIFICATE", certificate]);
  assert.ok((await checkConfig(config)).faults.some((one) => one.key === "TLS_CERTIFICATE"));
  write("k.pem", pem.key);
  assert.deepEqual(certificateFaults(loaded.node), []);
  assert.deepEqual(certificateFaults({ tls: { ...loaded.node.tls, files: null } }), []);
});
