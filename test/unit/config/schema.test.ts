// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import { fileFields, nodeFields, zoneFolderFields } from "../../../src/config/schema.ts";
import { limits } from "../../../src/layout/limits.ts";
import { sections } from "../../../src/resource/schema.ts";

test("a node without options is a node with defaults", () => {
  assert.deepEqual(nodeFields.parse({}), {
    listen: ["127.0.0.1:53", "[::1]:53"],
    workers: 0,
    kernel: "auto",
    pump: "auto",
    streamWorkers: 1,
    state: "./state",
    api: "127.0.0.1:8443",
    udpPayloadSizeMax: 1232,
    udp: { bufferKiB: 4096, pin: false, spread: "hash", busyPollMicros: 0, spinMicros: 0 },
    tls: { listen: [], listenHttps: [], httpsPath: "/dns-query" },
    proxy: { listen: [], allow: [] },
    log: { level: "info" },
    limits: {
      tableMiB: 1024,
      tcpConnections: 1000,
      tcpConnectionsPerClient: 50,
      tcpConnectionsPerPrefix: 200,
      tcpPrefixV4: 24,
      tcpPrefixV6: 48,
      tcpQueueKiB: 128,
      tcpInFlight: 16,
      tcpIdleSecs: 10,
      tcpTotalSecs: 600,
    },
    identity: { version: "azimuth" },
    cookies: { enabled: true, demand: false, secrets: [] },
    rateLimit: {
      ...{ mode: "off", answersPerSecond: 50, answersAtOnce: 125, slip: 1, allow: [] },
      ...{ requestMode: "off", requestsPerAddress: 5, requestsPerNetwork: 50 },
      requestAction: "truncate",
      ...{ streamMode: "off", streamMicrosPerSecond: 5000, streamMicrosAtOnce: 50_000 },
    },
    extendedErrors: true,
    watch: true,
  });
});

test("the greatest table is what the layout can address", () => {
  const tableMiB = (value: number) => nodeFields.safeParse({ limits: { tableMiB: value } }).success;
  const most = Math.floor(limits.TABLE_SIZE_MAX.value / 2 ** 20);
  assert.ok(tableMiB(most));
  assert.ok(!tableMiB(most + 1));
});

test("the API is off or on a loopback address", () => {
  const accepts = (api: string) => nodeFields.safeParse({ api }).success;
  assert.ok(accepts("off"));
  assert.ok(accepts("[::1]:0"));
  assert.ok(!accepts("192.0.2.1:80"));
  assert.ok(!accepts("on"));
});

test("the file has a place for every section", () => {
  for (const name of Object.keys(sections)) assert.ok(name in fileFields.shape, name);
  assert.ok(fileFields.safeParse({}).success);
  assert.ok(!fileFields.safeParse({ pool: {} }).success);
});

test("a zone folder knows two keys", () => {
  assert.deepEqual(Object.keys(zoneFolderFields.shape), ["folder", "glob"]);
});
