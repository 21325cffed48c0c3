// SPDX-License-Identifier: Apache-2.0
/** RFC 9103: zones come in over TLS. The primary is BIND, and gives the zone in no other way. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { createServer, type TlsOptions } from "node:tls";
import { newCertificate, skipTls } from "../support/certificates.ts";
import { createSite, type Site, startTestDaemon, until, zoneText } from "../support/daemon.ts";
import { ask, askUdp } from "../support/daemon-client.ts";
import { freePort } from "../support/ports.ts";
import { missing, startPrimary } from "../support/primaries.ts";

const APEX = "example.org.";
const SECRET = Buffer.from(
  "a secret of more than sixty-four octets, as long as its hash is, or so",
).toString("base64");
const KEY = { name: "xfr.example", algorithm: "hmac-sha512", secret: SECRET };
const skip = missing("bind") || skipTls;

/** A certificate for `name` that signs itself; paths of it and of its key. */
function certificate(site: Site, file: string, name: string): { pem: string; key: string } {
  const made = newCertificate(name);
  site.write(`${file}.pem`, made.certificate);
  site.write(`${file}.key`, made.key);
  return { pem: site.path(`${file}.pem`), key: site.path(`${file}.key`) };
}

/** A site that fetches its zone over TLS at `port`, from whoever is `hostname` by `ca`. */
function tlsSections(listen: number, port: number, hostname: string, ca: string) {
  return {
    node: { listen: [`127.0.0.1:${listen}`] },
    keys: { "xfr.example": { algorithm: KEY.algorithm, secret: SECRET } },
    remotes: {
      primary: {
        ...{ addresses: [`127.0.0.1:${port}`], key: "xfr.example" },
        tls: { hostname, ca },
      },
    },
    zones: { "example.org": { primaries: ["primary"] } },
  };
}

async function errorOf(site: Site): Promise<string> {
  const server = await startTestDaemon(site);
  const error = await until("the status says why", async () => {
    const { body } = await server.api("/api/v1/zones/example.org");
    return body.secondary?.error ?? null;
  });
  const { message } = await askUdp(server.v4, { name: "a.example.org.", type: "A" });
  assert.equal(message.rcode, 2);
  return error;
}

async function bindSite(t: TestContext) {
  const [listen, port, tlsPort] = [await freePort(), await freePort(), await freePort()];
  const site = createSite(t, {});
  const own = certificate(site, "own", "ns.example.net");
  const primary = await startPrimary("bind", {
    ...{ folder: site.path("primary"), apex: APEX, notifyPort: listen, key: KEY, port },
    text: zoneText(1, "a A 192.0.2.1"),
    tls: { port: tlsPort, certificate: own.pem, key: own.key },
  });
  site.atEnd(() => primary.stop());
  return { site, primary, own, listen, port, tlsPort };
}

test("§7.9, §7.10: AXFR and IXFR over TLS, signed as well", { skip }, async (t) => {
  const { site, primary, own, listen, tlsPort } = await bindSite(t);
  site.configure(tlsSections(listen, tlsPort, "ns.example.net", own.pem));
  const server = await startTestDaemon(site);
  const is = (name: string, text: string) =>
    until(`${name} is ${text}`, async () => (await ask(server.v4, name)).join() === text);
  await is("a.example.org.", "192.0.2.1");
  primary.update(zoneText(2, "a A 192.0.2.77"));
  await is("a.example.org.", "192.0.2.77");
  const { body } = await server.api("/api/v1/zones/example.org");
  assert.deepEqual([body.serial, body.secondary.error], [2, null]);
});

test("§9.3.2: a certificate for another name is worth nothing", { skip }, async (t) => {
  const { site, own, listen, tlsPort } = await bindSite(t);
  site.configure(tlsSections(listen, tlsPort, "ns.example.com", own.pem));
  assert.match(await errorOf(site), /altnames|does not match/i);
});

test("§9.3.2: nor is one that others have signed, without a fall back to the clear", {
  skip,
}, async (t) => {
  const { site, listen, tlsPort } = await bindSite(t);
  const other = certificate(site, "other", "ns.example.net");
  site.configure(tlsSections(listen, tlsPort, "ns.example.net", other.pem));
  assert.match(await errorOf(site), /self.signed|certificate/i);
});

test("§11: the primary gives nothing without TLS, and says so", { skip }, async (t) => {
  const { site, own, listen, port } = await bindSite(t);
  const { remotes, ...rest } = tlsSections(listen, port, "ns.example.net", own.pem);
  const { tls: _, ...clear } = remotes.primary;
  site.configure({ ...rest, remotes: { primary: clear } });
  assert.match(await errorOf(site), /REFUSED/);
});

/** What a client of ours says of itself to a server that knows nothing of DNS. */
async function greeted(t: TestContext, options: TlsOptions) {
  const [listen, port] = [await freePort(), await freePort()];
  const site = createSite(t, {});
  const own = certificate(site, "own", "ns.example.net");
  const files = { cert: readFileSync(own.pem), key: readFileSync(own.key) };
  const server = createServer({ ...files, ...options });
  server.on("tlsClientError", () => {});
  site.atEnd(async () => void server.close());
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  site.configure(tlsSections(listen, port, "ns.example.net", own.pem));
  return { server, site };
}

test("§7.1, §7.2: the client offers `dot`, and TLS 1.3", { skip }, async (t) => {
  const { server, site } = await greeted(t, { ALPNProtocols: ["dot"] });
  const seen = once(server, "secureConnection");
  await startTestDaemon(site);
  const [socket] = await seen;
  assert.deepEqual([socket.alpnProtocol, socket.getProtocol()], ["dot", "TLSv1.3"]);
  socket.destroy();
});

test("§7.2: a server of TLS 1.2 is not spoken to", { skip }, async (t) => {
  const { server, site } = await greeted(t, { maxVersion: "TLSv1.2" });
  let connections = 0;
  server.on("secureConnection", () => {
    connections += 1;
  });
  assert.match(await errorOf(site), /version|protocol/i);
  assert.equal(connections, 0);
});
