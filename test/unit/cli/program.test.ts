// SPDX-License-Identifier: Apache-2.0
/** Every verb from words to calls, and every end with its exit code. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Breach } from "../../../src/base/assert.ts";
import type { Actions } from "../../../src/cli/actions.ts";
import { createProgram } from "../../../src/cli/program.ts";
import { verbs } from "../../../src/cli/verbs.ts";
import type { ExplainQuery } from "../../../src/control/documents.ts";
import { story } from "../api/sample.ts";
import { fakeActions, fakeTerminal, run } from "./fake.ts";

/** Actions that note what they are called with. */
function noting(): { readonly calls: unknown[][]; readonly actions: Partial<Actions> } {
  const calls: unknown[][] = [];
  const fake = fakeActions();
  return {
    calls,
    actions: {
      serve: async (config) => {
        calls.push(["serve", config]);
        return 0;
      },
      check: (config) => {
        calls.push(["check", config]);
        return fake.check(config);
      },
      compile: (config, out) => {
        calls.push(["compile", config, out]);
        return fake.compile(config, out);
      },
      explainOffline: async (config, query) => {
        calls.push(["explain", config, query]);
        return story;
      },
      checkZone: (wish) => {
        calls.push(["zone check", wish]);
        return fake.checkZone(wish);
      },
      importConfig: (from, file) => {
        calls.push(["import", from, file]);
        return fake.importConfig(from, file);
      },
      controlSocket: async (config) => {
        calls.push(["socket", config]);
        return "/nowhere/control.sock";
      },
    },
  };
}

test("the words of a verb reach its action", async () => {
  const query: ExplainQuery = {
    name: "www.example.org",
    type: "A",
    client: "127.0.0.1",
    subnet: "",
    transport: "udp",
  };
  const full = { ...query, type: "AAAA", client: "::1", subnet: "192.0.2.0/24", transport: "tcp" };
  const here = "/etc/here/azimuth.yaml";
  const zone = { apex: "a.example", file: "/etc/here/z" };
  const cases: readonly (readonly [string, readonly unknown[]])[] = [
    ["serve", ["serve", here]],
    ["serve x.yaml", ["serve", "/etc/here/x.yaml"]],
    ["serve -c x.yaml", ["serve", "/etc/here/x.yaml"]],
    ["check --config=/abs/x.yaml", ["check", "/abs/x.yaml"]],
    ["check x.yaml -c ./x.yaml", ["check", "/etc/here/x.yaml"]],
    ["compile -o t.image", ["compile", here, "t.image"]],
    ["compile x.yaml --output t.image", ["compile", "/etc/here/x.yaml", "t.image"]],
    ["explain www.example.org --offline", ["explain", here, query]],
    [
      "explain www.example.org AAAA --offline --tcp --client ::1 --subnet 192.0.2.0/24 -c x.yaml",
      ["explain", "/etc/here/x.yaml", full],
    ],
    ["zone check a.example z", ["zone check", { ...zone, config: null, strict: false }]],
    [
      "zone check a.example /etc/here/z --strict -c x.yaml",
      ["zone check", { ...zone, config: "/etc/here/x.yaml", strict: true }],
    ],
    ["zone reload a.example -c x.yaml", ["socket", "/etc/here/x.yaml"]],
    ["zone status", ["socket", here]],
    ["import nsd nsd.conf", ["import", "nsd", "/etc/here/nsd.conf"]],
    ["import bind /x/named.conf --strict", ["import", "bind", "/x/named.conf"]],
    ["status", ["socket", here]],
    ["reload -c x.yaml", ["socket", "/etc/here/x.yaml"]],
  ];
  for (const [line, call] of cases) {
    const { calls, actions } = noting();
    await run(line, actions);
    assert.deepEqual(calls, [call], line);
  }
});

test("a usage error is 2 and does nothing", async () => {
  for (const line of [
    "",
    "chekc",
    "--nonsense",
    "check a b",
    "check a -c b",
    "check --json=x",
    "check --color=sometimes",
    "compile",
    "explain",
    "explain a..b",
    "explain www.example.org NONSENSE",
    "explain www.example.org --client 010.0.0.1",
    "explain www.example.org --subnet 192.0.2.1/24",
    "explain www.example.org --offline --socket x",
    "zone",
    "zone fly a.example",
    "zone reload",
    "zone reload a..b",
    "zone check a.example",
    "zone diff a.example",
    "zone dump a.example z",
    "import",
    "import bind",
    "import gdnsd x",
    "transitions --limit 0",
    "transitions --limit x",
    "status surplus",
    "version -c x",
  ]) {
    const { calls, actions } = noting();
    const { code, out, err } = await run(line, actions);
    assert.equal(code, 2, line);
    assert.equal(out, "", line);
    assert.notEqual(err, "", line);
    assert.deepEqual(calls, [], line);
  }
});

test("no configuration anywhere is a usage error that names the places", async () => {
  const exists = () => false;
  for (const line of ["check", "serve", "status", "explain www.example.org --offline"]) {
    const { code, err } = await run(line, {}, { exists });
    assert.equal(code, 2, line);
    assert.match(err, /no \.\/azimuth\.yaml and no \/etc\/azimuth\/azimuth\.yaml/, line);
  }
});

test("no server is 3, whether its socket is not there or not known", async () => {
  const lines = [
    "status",
    "zones",
    "endpoints",
    "transitions",
    "reload",
    "explain www.example.org",
  ];
  for (const line of lines) {
    const there = await run(`${line} --socket /nowhere/control.sock`);
    assert.equal(there.code, 3, line);
    assert.match(there.err, /^azimuth: no server at \/nowhere\/control\.sock: there is no such/);
    const unknown = await run(line);
    assert.equal(unknown.code, 3, line);
    assert.match(unknown.err, /give --socket/);
  }
});

test("help and versions are 0 and go to stdout", async () => {
  for (const line of ["--help", "help", "help check", "--version", "-V", "version"]) {
    const { code, out, err } = await run(line);
    assert.deepEqual([code, err], [0, ""], line);
    assert.notEqual(out, "", line);
  }
  assert.equal((await run("--version")).out, "0.1.0\n");
  assert.equal((await run("version")).out, `azimuth 0.1.0, node ${process.versions.node}\n`);
  assert.deepEqual(JSON.parse((await run("version --json")).out), {
    program: "azimuth",
    version: "0.1.0",
    node: process.versions.node,
  });
});

test("the help of a verb has its options, examples and exit codes", async () => {
  for (const row of verbs) {
    const { code, out } = await run(`${row.name} --help`);
    assert.equal(code, 0);
    for (const option of row.options) assert.ok(out.includes(option.flags), option.flags);
    for (const example of row.examples) assert.ok(out.includes(`  ${example.line}\n`));
    for (const exit of ["0", "1", "2", "3", "70"])
      assert.match(out, new RegExp(`^  ${exit} +\\w`, "m"));
  }
});

test("a breach is 70 with its stack, an error of the system is 1 with a line", async () => {
  const breach = await run("check", {
    check: async () => {
      throw new Breach("index past a segment");
    },
  });
  assert.equal(breach.code, 70);
  assert.match(breach.err, /please report this\nBreach: index past a segment\n {4}at /);

  const denied = await run("compile -o /x", {
    compile: async () => {
      throw Object.assign(new Error("EACCES: permission denied, open '/x'"), {
        code: "EACCES",
        path: "/x",
      });
    },
  });
  assert.equal(denied.code, 1);
  assert.equal(denied.err, "azimuth: /x: permission denied\n");
});

test("the exit code of a server is that of the program", async () => {
  assert.equal((await run("serve", { serve: async () => 70 })).code, 70);
});

test("the program as the entry point calls it", async () => {
  const terminal = fakeTerminal();
  await createProgram(fakeActions(), terminal).parseAsync(["node", "azimuth", "check"]);
  assert.equal(terminal.told.finished, 0);
  assert.equal(terminal.told.out, "Read: zones 3, policies 2.\nNo findings.\n");
});
