// SPDX-License-Identifier: Apache-2.0
/** What starts the server elsewhere names what is here: files, the launcher, one and the same verb. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "yaml";
import { ignoredIn } from "../../scripts/docker/build.ts";
import { readCommand, readCopy, readStages } from "../../scripts/docker/dockerfile.ts";
import { PLATFORM_PACKAGE } from "../../src/io/native.ts";
import { codeOf, exists, filesIn, ROOT, read } from "./tree.ts";

const START = "bin/azimuth.mjs serve";

interface Manifest {
  readonly scripts: Readonly<Record<string, string>>;
  readonly files: readonly string[];
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly napi: {
    readonly binaryName: string;
    readonly packageName: string;
    readonly targets: readonly string[];
  };
}

const manifest = JSON.parse(read("package.json")) as Manifest;
const dockerfile = read("Dockerfile");

test("a Dockerfile is read as an engine reads it, and what is not known is an error", () => {
  const text = `# a remark
ARG BASE=debian
FROM \${BASE} AS one
RUN a \\
# within
 && b
copy --from=zero /x  /y ./
FROM one AS two
`;
  assert.deepEqual(readStages(text, { BASE: "other" }), [
    {
      name: "one",
      from: "other",
      instructions: [
        { line: 4, word: "RUN", text: "a  && b" },
        { line: 7, word: "COPY", text: "--from=zero /x  /y ./" },
      ],
    },
    { name: "two", from: "one", instructions: [] },
  ]);
  const copy = readCopy("--from=zero /x  /y ./");
  assert.deepEqual(copy, { from: "zero", sources: ["/x", "/y"], target: "./" });
  assert.deepEqual(readCommand('--interval=1s CMD ["a", "b c"]'), ["a", "b c"]);
  const wrongs: readonly [string, RegExp][] = [
    ["FROM a AS b\nSHELL x", /^line 2: SHELL is not known$/],
    ["FROM a AS b\nRUN --mount=type=cache x", /^line 2: RUN has an option that is not known$/],
    ["FROM a AS b\nCOPY --link x y", /option that is not known/],
    ["FROM a", /wants "<image> AS <name>"/],
    ["RUN a", /before the first stage/],
    ["FROM $A AS b", /^A has no value$/],
    ["FROM a AS b\nRUN a \\", /ends within an instruction/],
  ];
  for (const [wrong, message] of wrongs) assert.throws(() => readStages(wrong, {}), { message });
  assert.throws(() => readStages("FROM a AS b", { C: "" }), /no build argument C/);
  assert.throws(() => readCommand("CMD a b"), Error);
});

test("the Dockerfile copies files that exist and that are sent to the builder", () => {
  const ignored = ignoredIn(ROOT);
  for (const path of ["node_modules/zod", "native/build/azimuth.node", "src/x.log", ".git/HEAD"]) {
    assert.ok(ignored(path), `.dockerignore lets ${path} through`);
  }
  const stages = readStages(dockerfile, {});
  for (const [index, stage] of stages.entries()) {
    const earlier = stages.slice(0, index).map(({ name }) => name);
    for (const { word, text } of stage.instructions) {
      if (word !== "COPY") continue;
      const { from, sources } = readCopy(text);
      if (from !== null) assert.ok(earlier.includes(from), `${stage.name} copies from ${from}`);
      for (const path of from === null ? sources : []) {
        assert.ok(exists(path), `Dockerfile copies ${path}`);
        assert.ok(!ignored(path), `.dockerignore leaves out ${path}`);
      }
    }
  }
});

test("one build argument leaves the addon out, and nothing else changes", () => {
  const native = (addon: string) => {
    const stages = readStages(dockerfile, { ADDON: addon });
    return { from: stages.find(({ name }) => name === "native")?.from, stages };
  };
  const [on, off] = [native("on"), native("off")];
  assert.equal(on.from, "native-on");
  assert.equal(off.from, "native-off");
  const others = (stages: typeof on.stages) => stages.filter(({ name }) => name !== "native");
  assert.deepEqual(others(on.stages), others(off.stages));
  assert.equal(native("").from, "native-");
  assert.match(dockerfile, /^ARG ADDON=on$/m);
});

test("the image runs as a user, with one right, and its health is asked by the command line", () => {
  const { name, instructions } = readStages(dockerfile, {}).at(-1)!;
  assert.equal(name, "runtime");
  const of = (word: string) => instructions.filter((one) => one.word === word);
  assert.deepEqual(
    of("USER").map(({ text }) => text),
    ["node"],
  );
  const rights = of("RUN").flatMap(({ text }) => text.match(/\bcap_\w+\S*/g) ?? []);
  assert.deepEqual(rights, ["cap_net_bind_service=+ep"]);
  const entry = readCommand(of("ENTRYPOINT")[0]!.text);
  const health = readCommand(of("HEALTHCHECK")[0]!.text);
  const [, config] = readCommand(of("CMD")[0]!.text);
  assert.deepEqual(health, [...entry, "status", "--config", config]);
});

test("a checkout builds the addon when it is installed, and names no package of a platform", () => {
  assert.equal(manifest.scripts["prepare"], "node scripts/prepare.mjs");
  const { binaryName, packageName, targets } = manifest.napi;
  assert.equal(binaryName, "azimuth");
  assert.ok(PLATFORM_PACKAGE.startsWith(`${packageName}-`), PLATFORM_PACKAGE);
  const page = read("docs/guide/package.md");
  for (const target of targets) {
    assert.match(target, /-linux-gnu$/, "PLATFORM_PACKAGE knows GNU's C library alone");
    assert.ok(page.includes(`| ${target} |`), `docs/guide/package.md does not name ${target}`);
  }
  assert.equal(manifest.optionalDependencies, undefined);
  assert.ok(!read("package-lock.json").includes(`"node_modules/${packageName}`));
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
    services: { azimuth: { build: { context: string }; ports: string[]; cap_add: string[] } };
  };
  // The binary of the image carries it, and is not started where it is denied.
  assert.deepEqual(compose.services.azimuth.cap_add, ["NET_BIND_SERVICE"]);
  assert.ok(exists(`deploy/${compose.services.azimuth.build.context}/Dockerfile`));
  assert.deepEqual(compose.services.azimuth.ports, ["53:53/udp", "53:53/tcp"]);
});
