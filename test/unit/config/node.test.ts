// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import { decodeNode } from "../../../src/config/node.ts";
import { rateLimitFields } from "../../../src/config/schema-limits.ts";
import { placeNowhere } from "../../../src/resource/place.ts";
import { expectMarked } from "../../support/marked-config.ts";

const machine = { hostName: "host", cpuCount: 4 };

function decode(raw: unknown, cpuCount = 4) {
  const resolve = (path: string) => `/base/${path}`;
  return decodeNode(raw, { ...machine, cpuCount }, resolve, placeNowhere("test"));
}

test("what is not said comes from the machine", () => {
  const { node } = decode(undefined);
  assert.equal(node?.name, "host");
  assert.equal(node?.workers, 4);
  assert.equal(node?.stateFolder, "/base/./state");
  assert.deepEqual(node?.api, { family: 4, address: "127.0.0.1", port: 8443, every: false });
});

test("what is said wins", () => {
  const { node } = decode({ name: "ns1", workers: 2, api: "off", log: { level: "warn" } });
  assert.deepEqual(
    [node?.name, node?.workers, node?.api, node?.logLevel],
    ["ns1", 2, null, "warn"],
  );
});

test("a machine with many processors does not exceed the readers of the table", () => {
  assert.equal(decode({}, 256).node?.workers, 61);
  assert.deepEqual(
    decode({ workers: 62 }).faults.map((f) => f.key),
    ["CONFIG_LIMIT"],
  );
});

test("a wildcard is both families", () => {
  const { node } = decode({ listen: [":53"] });
  assert.deepEqual(
    node?.listen.map((listen) => [listen.address, listen.every]),
    [
      ["0.0.0.0", true],
      ["::", true],
    ],
  );
});

test("what the kernels are told: the node's name by itself, or nothing", () => {
  const { edns } = decode({ name: "ns1" }).node!;
  assert.deepEqual([edns.nsid, edns.serverId, edns.version], ["ns1", "ns1", "azimuth"]);
  assert.deepEqual([edns.extendedErrors, edns.reportAgent], [true, ""]);
  const identity = { nsid: "off", serverId: "off", version: "off" };
  const cookies = { secretFile: "secrets" };
  const said = decode({ identity, cookies, extendedErrors: false, reportAgent: "a.example." });
  assert.deepEqual(said.node!.edns, {
    ...{ nsid: "", serverId: "", version: "", extendedErrors: false, reportAgent: "a.example." },
    cookies: { enabled: true, demand: false, secrets: [], secretFile: "/base/secrets" },
    rateLimit: rateLimitFields.parse({}),
  });
});

test("faults of the node stand at their values", () => {
  expectMarked('node: { listen: [<CONFIG_LISTEN>"127.0.0.1", "[::1]:53", <CONFIG_LISTEN>"x:1"] }');
  expectMarked('node: { listen: ["127.0.0.1:53", <CONFIG_LISTEN>"127.0.0.1:53"] }');
  expectMarked('node: { listen: ["*:53", <CONFIG_LISTEN>"0.0.0.0:53"] }');
  expectMarked('node: { listen: ["127.0.0.1:0", "127.0.0.1:0"] }');
  expectMarked("node: { api: <CONFIG_API_EXPOSED>0.0.0.0:8443, <CONFIG_KEY_UNKNOWN>listn: [] }");
  expectMarked("node: { api: <CONFIG_LISTEN>on }");
  expectMarked("node:\n  <CONFIG_KEY_UNKNOWN>wrkers: 2\n  watch: <CONFIG_TYPE>yes");
  expectMarked("node: { streamWorkers: 2, workers: <CONFIG_LIMIT>63 }");
  expectMarked("node: { limits: { tcpIdleSecs: <CONFIG_RANGE>0 } }");
  expectMarked("node: <CONFIG_TYPE>[a]");
});

test("transports beside TCP need what makes them safe, and addresses of their own", () => {
  const files = "certificate: c.pem, key: k.pem";
  expectMarked('node: { tls: <CONFIG_KEY_MISSING>{ listen: ["*:853"] } }');
  expectMarked("node: { tls: <CONFIG_KEY_MISSING>{ certificate: c.pem } }");
  expectMarked(`node: { tls: { ${files}, listenHttps: [<CONFIG_LISTEN>"x"] } }`);
  expectMarked(`node: { tls: { ${files}, httpsPath: <CONFIG_VALUE>"/a b" } }`);
  expectMarked(
    `node: { listen: ["0.0.0.0:53"], tls: { ${files}, listen: [<CONFIG_LISTEN>"0.0.0.0:53"] } }`,
  );
  expectMarked('node: { proxy: <CONFIG_KEY_MISSING>{ listen: ["*:5353"] } }');
  expectMarked('node: { proxy: { listen: ["*:5353"], allow: [<CONFIG_PREFIX>192.0.2.1/24] } }');
  expectMarked('node: { proxy: { listen: ["*:5353"], allow: [192.0.2.0/24] } }');
});
