// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { addressFromText } from "../../../src/dns/address.ts";
import { Type, typeNumber } from "../../../src/dns/iana.ts";
import { nameFromText } from "../../../src/dns/names.ts";
import { rdataToText } from "../../../src/dns/rdata.ts";
import { findZoneHeader } from "../../../src/table/find-zone.ts";
import { readZoneHeader } from "../../../src/table/table-image.ts";
import { zoneNode } from "../../../src/table/zone-records.ts";
import { filledRRset } from "../../../src/transfer/hints.ts";
import type { RRset } from "../../../src/zone/records.ts";
import { apexText, applied, builtZone, newImage } from "../../support/tables.ts";

const APEX = "example.org.";
const LINES = `$TTL 300
www A 192.0.2.1
www A 192.0.2.2
www 60 AAAA 2001:db8::1
cut NS ns.cut
ns.cut A 192.0.2.3
a HTTPS 1 WWW alpn=h2 ipv4hint=auto port=1 ipv6hint=auto
a HTTPS 2 . ipv4hint=auto
b HTTPS 1 x.example.net. ipv4hint=auto port=1
c HTTPS 1 ns.cut ipv4hint=auto
d HTTPS 0 www ipv4hint=auto
e HTTPS 1 geo ipv4hint=auto ipv6hint=auto
`;

/** The HTTPS of an owner as it goes out: TTL and records. */
function filled(owner: string, flattened: readonly RRset[] = []): (string | number)[] {
  const image = newImage(1 << 20);
  const { root } = applied(image, { revision: 1, put: [builtZone(APEX, apexText() + LINES)] });
  const { views } = image;
  const header = readZoneHeader(views, findZoneHeader(views, root, nameFromText(APEX)!));
  assert.ok(header.hinted);
  const node = zoneNode(views, header, nameFromText(`${owner}.${APEX}`)!)!;
  const { ttl, rdatas } = filledRRset(views, header, node.rrsets.get(Type.HTTPS)!, flattened);
  return [ttl, ...rdatas.map((rdata) => rdataToText(Type.HTTPS, rdata))];
}

test("static targets: their addresses, and the least TTL", () => {
  assert.deepEqual(filled("a"), [
    60,
    '1 WWW.example.org. alpn="h2" port=1 ipv4hint=192.0.2.1,192.0.2.2 ipv6hint=2001:db8::1',
    "2 .",
  ]);
});

test("targets outside, below a cut, and AliasMode give none", () => {
  assert.deepEqual(filled("b"), [300, "1 x.example.net. port=1"]);
  assert.deepEqual(filled("c"), [300, "1 ns.cut.example.org."]);
  assert.deepEqual(filled("d"), [300, "0 www.example.org."]);
});

test("steered targets: what they are flattened to, or nothing", () => {
  assert.deepEqual(filled("e"), [300, "1 geo.example.org."]);
  const owner = nameFromText("geo.example.org.")!;
  const rdatas = ["192.0.2.80", "198.51.100.80"].map((text) => addressFromText(text)!);
  assert.deepEqual(filled("e", [{ owner, type: typeNumber("A"), ttl: 30, rdatas }]), [
    30,
    "1 geo.example.org. ipv4hint=192.0.2.80,198.51.100.80",
  ]);
});
