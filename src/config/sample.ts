// SPDX-License-Identifier: Apache-2.0
/**
 * A complete sample of `azimuth.yaml`: every option of the node with its default and meaning, and
 * resources enough to steer one name.
 *
 * The node part is made from the rows, so that it cannot be out of date. The resources are written
 * by hand, since a sample needs sense and not completeness; a test loads the whole.
 */
import { type OptionRow, optionRows } from "./rows.ts";

/** The sample as YAML text. It loads without faults where `zones/example.org.zone` exists. */
export function sample(): string {
  const node = optionRows().find((section) => section.key === "node")?.rows ?? [];
  return `node:\n${node.map((row, i) => lineOf(row, node[i - 1])).join("")}${RESOURCES}`;
}

/** One option in YAML; what has no default is commented out. */
function lineOf(row: OptionRow, before: OptionRow | undefined): string {
  const [group, key] = row.key.includes(".") ? row.key.split(".") : ["", row.key];
  const isNew = group !== "" && before?.key.split(".")[0] !== group;
  const indent = group === "" ? "  " : "    ";
  const head = isNew ? `  ${group}:\n` : "";
  const facts = [row.bounds, row.unit].filter((fact) => fact !== "").join(" ");
  const doc = `${indent}# ${row.doc}${facts === "" ? "" : ` (${facts})`}\n`;
  const line = row.default === "none" ? `# ${key}:` : `${key}: ${row.default}`;
  return `${head}${doc}${indent}${line}\n`;
}

const RESOURCES = `
pops:
  fra: { latitude: 50.11, longitude: 8.68, country: DE }
  iad: { latitude: 38.95, longitude: -77.45, country: US }

probes:
  web: { kind: http, port: 80, method: HEAD, path: /healthz, host: www.example.org }

pools:
  www-eu:
    probes: [web]
    endpoints:
      fra1: { pop: fra, v4: 192.0.2.1, v6: "2001:db8::1" }
      fra2: { pop: fra, v4: 192.0.2.2, v6: "2001:db8::2", weight: 50 }
  www-us:
    probes: [web]
    endpoints:
      iad1: { pop: iad, v4: 198.51.100.1, v6: "2001:db8:1::1" }

maps:
  world:
    # The country database that comes along, or the path of another one.
    country: default
    networks:
      office: { prefixes: [203.0.113.0/24], location: EU/DE }
    default: EU

policies:
  www:
    map: world
    match:
      # The most specific location wins; pools are in failover order.
      net/office: www-eu
      EU: [www-eu, www-us]
      NA: [www-us, www-eu]
      default: [www-eu, www-us]

zones:
  example.org:
    file: zones/example.org.zone
    steer:
      www: www
`;
