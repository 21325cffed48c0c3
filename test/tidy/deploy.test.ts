// SPDX-License-Identifier: Apache-2.0
/** What starts the server elsewhere names what is here: files, the launcher, one and the same verb. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "yaml";
import { codeOf, exists, filesIn, read } from "./tree.ts";

const START = "bin/azimuth.mjs serve";

test("the Dockerfile copies files that exist and that are sent to the builder", () => {
  const ignored = read(".dockerignore").split("\n");
  for (const [, list] of read("Dockerfile").matchAll(/^COPY (?!--from)(.+)$/gm)) {
    for (const path of list!.split(" ").slice(0, -1)) {
      assert.ok(exists(path), `Dockerfile copies ${path}`);
      assert.ok(!ignored.includes(path), `.dockerignore leaves out ${path}`);
    }
  }
});

test("image, unit and pages start the server in the same way", () => {
  const command = /^CMD (\[.*\])$/m.exec(read("Dockerfile"))![1]!;
  assert.deepEqual(JSON.parse(command), ["serve", "/etc/azimuth/azimuth.yaml"]);
  assert.match(read("Dockerfile"), /^ENTRYPOINT \["node", "\/azimuth\/bin\/azimuth\.mjs"\]$/m);
  for (const path of ["deploy/azimuth.service", "README.md", "docs/guide/run.md"]) {
    assert.ok(read(path).includes(START), `${path} does not say "${START}"`);
  }
  const cli = filesIn("src/cli", ".ts").map((path) => codeOf(read(path), true));
  assert.ok(
    cli.some((code) => /["'`]serve\b/.test(code)),
    "src/cli has no verb serve",
  );
});

test("the compose file is YAML and builds the image of this tree", () => {
  const compose = parse(read("deploy/compose.yaml")) as {
    services: { azimuth: { build: { context: string }; ports: string[] } };
  };
  assert.ok(exists(`deploy/${compose.services.azimuth.build.context}/Dockerfile`));
  assert.deepEqual(compose.services.azimuth.ports, ["53:53/udp", "53:53/tcp"]);
});
