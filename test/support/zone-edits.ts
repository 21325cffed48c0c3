// SPDX-License-Identifier: Apache-2.0
/** Zone texts as lines, and random edits of them such as people and tools make. */

/** Numbers from 0 on, as fast-check gives them. */
export type Chance = () => number;

export function octetsOf(lines: readonly string[]): Uint8Array {
  return new TextEncoder().encode(`${lines.join("\n")}\n`);
}

const HEAD = [
  "$TTL 300",
  "@ SOA ns hostmaster 1 7200 1800 259200 120",
  "@ NS ns",
  "ns A 192.0.2.53",
];

/** Lines of a sound zone: plain records for the most part, and some of every other kind. */
export function zoneLines(chance: Chance, count: number): string[] {
  const lines = [...HEAD];
  const kinds = Array.from({ length: count }, (_, i) => record(chance, i));
  return [...lines, ...kinds];
}

function record(chance: Chance, i: number): string {
  const roll = chance() % 24;
  const owner = `h${i}`;
  if (roll === 0) return `${owner} A ( 192.0.2.${i}\n ) ; in brackets`;
  if (roll === 1) return `${owner} A 192.0.2.1\n A 192.0.2.2`;
  if (roll === 2) return `${owner} TXT "a;b (" "c"`;
  if (roll === 3) return `a.b${i % 7}.${owner} A 192.0.2.3`;
  if (roll === 4) return `; a comment ${i}`;
  if (roll === 5) return `c${owner} CNAME ${owner}`;
  if (roll === 6)
    return `$ORIGIN o${i % 3}.example.org.\n${owner} A 192.0.2.8\n$ORIGIN example.org.`;
  if (roll === 7) return `${owner} PTR Some.Where.Example.ORG.`;
  if (roll === 8) return `w${i % 5}x${i} MX 10 mail.example.net.`;
  if (roll === 9) return `* TXT "wild ${i}"`;
  if (roll === 10) return `$GENERATE 1-2 g${i}-$ A 192.0.2.$`;
  if (roll === 11) return `$TTL ${300 + (i % 2)}`;
  if (roll === 12) return `sub${i} NS ns.example.net.`;
  return `${owner} A 192.0.2.${i % 250}`;
}

/** One to three edits: lines changed, put in, taken out, moved; the serial raised. */
export function randomEdit(lines: readonly string[], chance: Chance): string[] {
  let out = [...lines];
  const edits = 1 + (chance() % 3);
  for (let i = 0; i < edits; i += 1) out = oneEdit(out, chance);
  if (chance() % 2 === 0) {
    out = out.map((line) => line.replace("hostmaster 1 ", `hostmaster ${2 + (chance() % 99)} `));
  }
  return out;
}

function oneEdit(lines: readonly string[], chance: Chance): string[] {
  const at = HEAD.length + (chance() % (lines.length - HEAD.length));
  const line = lines[at]!;
  const fresh = chance() % 1000;
  switch (chance() % 9) {
    case 0:
      return lines.toSpliced(at, 1);
    case 1:
      return lines.toSpliced(at, 0, `n${fresh} A 192.0.2.4`);
    case 2:
      return lines.toSpliced(at, 0, `n${fresh}.h${fresh % 90} A 192.0.2.4`);
    case 3:
      return lines.toSpliced(at, 1, record(chance, fresh));
    case 4:
      return lines.toSpliced(at, 0, record(chance, fresh));
    case 5:
      return lines.toSpliced(at, 1).toSpliced(HEAD.length, 0, line);
    case 6:
      return lines.toSpliced(at, 0, ` A 192.0.2.${fresh % 250}`);
    default:
      return lines.toSpliced(at, 1, line.replace(/192\.0\.2\.\d+/, `198.51.100.${fresh % 250}`));
  }
}
