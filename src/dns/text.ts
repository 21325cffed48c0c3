// SPDX-License-Identifier: Apache-2.0
/**
 * Messages as text for people, in the shape that `dig` has taught everybody.
 *
 * One record per line with single blanks and not in columns, so that tests compare lines without
 * counting spaces.
 */
import { addressText } from "./address.ts";
import { hexText } from "./fields-code.ts";
import {
  classText,
  EdnsOption,
  ednsOptionText,
  extendedErrorText,
  opcodeText,
  rcodeText,
  typeText,
} from "./iana.ts";
import {
  type Edns,
  type EdnsOptionValue,
  type Message,
  type Question,
  type ResourceRecord,
  readClientSubnet,
} from "./message.ts";
import { nameToText } from "./names.ts";
import { rdataToText } from "./rdata.ts";
import { get16 } from "./sink.ts";

/** `www.example.org. 60 IN A 192.0.2.1` */
export function recordToText(record: ResourceRecord): string {
  const { owner, ttl, type, rdata } = record;
  const head = `${nameToText(owner)} ${ttl} ${classText(record.class)} ${typeText(type)}`;
  return `${head} ${rdataToText(type, rdata)}`;
}

/** `www.example.org. IN A` */
export function questionToText(question: Question): string {
  const { name, type } = question;
  return `${nameToText(name)} ${classText(question.class)} ${typeText(type)}`;
}

function flagsText(m: Message): string {
  const names = ["qr", "aa", "tc", "rd", "ra", "ad", "cd"] as const;
  return names.filter((flag) => m[flag]).join(" ");
}

/** One EDNS option: `ECS 192.0.2.0/24/20`. */
export function optionToText(option: EdnsOptionValue): string {
  const { code, data } = option;
  const label = ednsOptionText(code);
  if (code === EdnsOption.ECS) {
    const ecs = readClientSubnet(data);
    if (ecs !== null) return `${label} ${addressText(ecs.address)}/${ecs.source}/${ecs.scope}`;
  }
  if (code === EdnsOption.EDE && data.length >= 2) {
    const info = get16(data, 0);
    const extra = new TextDecoder().decode(data.subarray(2));
    return `${label} ${info} (${extendedErrorText(info)})${extra === "" ? "" : `: ${extra}`}`;
  }
  const hex = hexText(data, 0, data.length);
  return hex === "" ? label : `${label} ${hex}`;
}

function ednsLines(edns: Edns): string[] {
  const flags = edns.dnssecOk ? " do" : "";
  const head = `; EDNS: version: ${edns.version}, flags:${flags}; udp: ${edns.payload}`;
  return [head, ...edns.options.map((option) => `; ${optionToText(option)}`)];
}

/** A whole message. Sections without records are left out. */
export function messageToText(m: Message): string {
  const lines = [
    `;; opcode: ${opcodeText(m.opcode)}, status: ${rcodeText(m.rcode)}, id: ${m.id}`,
    `;; flags: ${flagsText(m)}`,
  ];
  if (m.edns !== null) lines.push(...ednsLines(m.edns));
  if (m.questions.length > 0) {
    lines.push(";; QUESTION", ...m.questions.map((question) => `;${questionToText(question)}`));
  }
  const sections = [
    ["ANSWER", m.answers],
    ["AUTHORITY", m.authorities],
    ["ADDITIONAL", m.additionals],
  ] as const;
  for (const [title, records] of sections) {
    if (records.length > 0) lines.push(`;; ${title}`, ...records.map(recordToText));
  }
  return lines.join("\n") + "\n";
}
