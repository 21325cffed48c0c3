// SPDX-License-Identifier: Apache-2.0
/** Encrypted transports and balancers of a whole server; certificates that change while it runs. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "node:tls";
import { start } from "../../src/daemon/main.ts";
import { composeQuery } from "../../src/dns/compose.ts";
import { newCertificate, type Pem, skipTls as skip } from "../support/certificates.ts";
import { createSite, startTestDaemon, until, zoneText } from "../support/daemon.ts";
import { collect, exchange, frame, parse } from "../support/daemon-client.ts";

const SECTIONS = {
  zones: { "example.org": { file: "example.org.zone" } },
  node: {
    workers: 1,
    streamWorkers: 2,
    tls: {
      ...{ certificate: "tls/cert.pem", key: "tls/key.pem" },
      ...{ listen: ["127.0.0.1:0"], listenHttps: ["127.0.0.1:0"] },
    },
    proxy: { listen: ["127.0.0.1:0"], allow: ["127.0.0.0/8"] },
  },
};

test("DoT, DoH and PROXY of a whole server; certificates come into force by themselves", {
  skip,
}, async (t) => {
  const site = createSite(t, SECTIONS);
  site.write("example.org.zone", zoneText(1, "www A 192.0.2.80"));
  const put = (pem: Pem): void => {
    site.replace("tls/cert.pem", pem.certificate);
    site.replace("tls/key.pem", pem.key);
  };
  const first = newCertificate();
  put(first);
  const { daemon, api } = await startTestDaemon(site);
  const query = { name: "www.example.org.", type: "A", id: 9 };
  /** Whether DNS over TLS is answered under the certificate. */
  const isServed = async (pem: Pem): Promise<boolean> => {
    const { host, port } = daemon.tls[0]!;
    const socket = connect({ host, port, ca: pem.certificate, servername: "dns.test" });
    const stream = collect(socket);
    socket.write(frame(query));
    await Promise.race([stream.got(1), stream.closed]).catch(() => {});
    socket.destroy();
    return stream.replies.length === 1;
  };
  // Both threads share the port, so several handshakes meet both.
  const isServedByAll = async (pem: Pem): Promise<boolean> => {
    for (let i = 0; i < 12; i += 1) if (!(await isServed(pem))) return false;
    return true;
  };
  assert.ok(await isServedByAll(first));
  assert.ok(daemon.https[0]!.port > 0);

  const header = Buffer.from("0d0a0d0a000d0a515549540a2112000cc0000207c000026312670035", "hex");
  const got = await exchange(daemon.proxy[0]!, Buffer.concat([header, composeQuery(query)]), 5000);
  assert.equal(parse(got!.octets).answers.length, 1);

  const second = newCertificate();
  put(second);
  await until("the second is in force", () => isServedByAll(second));
  assert.ok(!(await isServed(first)));

  // A broken one is said, and changes nothing.
  site.replace("tls/cert.pem", "no certificate\n");
  const reload = await api("/api/v1/reload", "POST");
  assert.match(JSON.stringify(reload.body), /TLS_CERTIFICATE/);
  assert.ok(!JSON.stringify(reload.body).includes("PRIVATE"));
  assert.ok(await isServedByAll(second));
});

test("a server without a usable certificate does not start, and says why", { skip }, async (t) => {
  const site = createSite(t, SECTIONS);
  site.write("example.org.zone", zoneText(1));
  site.write("tls/cert.pem", "no certificate\n");
  site.write("tls/key.pem", "no key\n");
  await assert.rejects(
    start(site.configFile),
    /the certificate cannot be used: .*cert\.pem holds no/,
  );
});
