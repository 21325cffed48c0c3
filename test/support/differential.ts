// SPDX-License-Identifier: Apache-2.0
/**
 * The comparison: random zones in Azimuth and in four other servers, random questions to all, and
 * field by field: where at least three of the four say the same, so must we, or the difference is
 * one of the listed (`differences.ts`).
 *
 * Azimuth answers in this process, from a table that was scanned, checked, built and published as
 * always; if the addon is there, both kernels answer and must agree in every octet.
 */
import assert from "node:assert/strict";
import { composeQuery } from "../../src/dns/compose.ts";
import { typeNumber } from "../../src/dns/iana.ts";
import { nameFromText } from "../../src/dns/names.ts";
import { UDP_PLAIN_SIZE_MAX } from "../../src/layout/limits.ts";
import { allowedDifference, type Question, type Voices } from "./differences.ts";
import { type Own, type Servers, type ServersInput, withServers } from "./differential-servers.ts";
import { PEER_PAYLOAD } from "./peer-configs.ts";
import type { Peer } from "./peers.ts";
import { createPrng, nextRandom, type Prng } from "./prng.ts";
import { type RandomZone, randomQuestion } from "./random-zone.ts";
import { type Field, type Outcome, outcomeOf, type Summary } from "./summary.ts";

/** Of four servers, how many must say the same before it binds us. */
const AGREE_MIN = 3;
const UNDER_WAY = 64;
/** More are not looked for. */
const WRONG_MAX = 200;

export interface RunInput extends ServersInput {
  readonly questionsPerZone: number;
  /** Ends early, with what was done by then. */
  readonly secondsMax: number;
  readonly onProgress?: (text: string) => void;
}

export interface Disagreement {
  readonly question: Question;
  /** In which we differ from what three or more say. */
  readonly fields: readonly (Field | "additional")[];
  readonly voices: Voices;
  /** Its text. */
  readonly zone: string;
}

export interface RunResult {
  readonly zones: number;
  /** Zones by server that refused to load them. */
  readonly refused: Readonly<Record<string, number>>;
  asked: number;
  /** Answers on which at least three agreed, and we with them. */
  agreed: number;
  /** Answers that have no majority. */
  readonly disputed: { readonly question: Question; readonly voices: Voices }[];
  /** Of those, answers that nobody else gives. */
  alone: number;
  /** Answers by listed difference. */
  readonly listed: Record<string, Disagreement[]>;
  readonly wrong: Disagreement[];
}

export function runDifferential(input: RunInput): Promise<RunResult> {
  const tell = input.onProgress ?? (() => undefined);
  return withServers(input, tell, (servers) => compare(input, servers, tell));
}

async function compare(
  input: RunInput,
  { zones, peers, own }: Servers,
  tell: (text: string) => void,
): Promise<RunResult> {
  const apexes = new Set(zones.map((zone) => zone.apex));
  const loaded = await loadedBy(zones, peers);
  const result: RunResult = {
    zones: zones.length,
    refused: Object.fromEntries(peers.map((p) => [p.name, zones.length - loaded.get(p)!.size])),
    asked: 0,
    agreed: 0,
    disputed: [],
    alone: 0,
    listed: {},
    wrong: [],
  };
  const random = createPrng(input.seed ^ 0x5eed);
  const end = performance.now() + input.secondsMax * 1000;
  const started = performance.now();
  for (const [i, zone] of zones.entries()) {
    if (performance.now() > end || result.wrong.length > WRONG_MAX) break;
    const questions = Array.from({ length: input.questionsPerZone }, () =>
      questionOf(random, zone, input.signed === true),
    );
    for (let at = 0; at < questions.length; at += UNDER_WAY) {
      const batch = questions.slice(at, at + UNDER_WAY);
      const voices = await Promise.all(
        batch.map((question) => hear(question, peers, own, apexes, loaded, zone)),
      );
      for (const [n, one] of voices.entries()) judge(batch[n]!, one, zone, result);
    }
    if (i % 100 === 99) {
      const secs = Math.round((performance.now() - started) / 1000);
      tell(`${i + 1} of ${zones.length} zones, ${result.asked} questions, ${secs} s`);
    }
  }
  return result;
}

/** Which zones each server answers for; with one refused, its whole family is not its business. */
async function loadedBy(
  zones: readonly RandomZone[],
  peers: readonly Peer[],
): Promise<ReadonlyMap<Peer, ReadonlySet<string>>> {
  const all = new Map<Peer, ReadonlySet<string>>();
  for (const peer of peers) {
    const families = new Set<string>();
    for (let at = 0; at < zones.length; at += UNDER_WAY) {
      const replies = await Promise.all(
        zones.slice(at, at + UNDER_WAY).map(async ({ apex }) => {
          const reply = await peer.ask(composeQuery({ name: apex, type: "SOA", edns: {} }));
          return { apex, good: reply !== null && (reply[3]! & 15) === 0 };
        }),
      );
      for (const { apex, good } of replies) if (!good) families.add(familyOf(apex));
    }
    const its = zones.map((zone) => zone.apex).filter((apex) => !families.has(familyOf(apex)));
    all.set(peer, new Set(its));
  }
  return all;
}

const familyOf = (apex: string): string => apex.split(".").at(-3)!;

const SIGNED_TYPES = ["NSEC", "NSEC3PARAM", "DNSKEY", "DS", "DS", "NSEC3"];

function questionOf(random: Prng, zone: RandomZone, signed: boolean): Question {
  const asked = randomQuestion(random, zone);
  const { name } = asked;
  const other = signed && nextRandom(random) % 4 === 0;
  const type = other ? SIGNED_TYPES[nextRandom(random) % SIGNED_TYPES.length]! : asked.type;
  const wire = nameFromText(name) ?? nameFromText(zone.apex)!;
  return {
    name: wire,
    text: name,
    type: typeNumber(type),
    rd: nextRandom(random) % 4 === 0,
    cd: nextRandom(random) % 8 === 0,
    edns: signed || nextRandom(random) % 8 !== 0,
    dnssecOk: signed && nextRandom(random) % 8 !== 0,
  };
}

/**
 * What all say. If our answer fits a datagram without EDNS and another's does not, all are asked with
 * more room: who compresses better is not the matter, what the whole answer says is.
 */
async function hear(
  question: Question,
  peers: readonly Peer[],
  own: Own,
  apexes: ReadonlySet<string>,
  loaded: ReadonlyMap<Peer, ReadonlySet<string>>,
  zone: RandomZone,
): Promise<Voices> {
  const voices = await hearOnce(question, peers, own, apexes, loaded, zone);
  const fits = !question.edns && voices.ours?.summary.tc === "false";
  if (!fits || ![...voices.peers.values()].some((one) => one?.summary.tc === "true")) return voices;
  return hearOnce({ ...question, edns: true }, peers, own, apexes, loaded, zone);
}

async function hearOnce(
  question: Question,
  peers: readonly Peer[],
  own: Own,
  apexes: ReadonlySet<string>,
  loaded: ReadonlyMap<Peer, ReadonlySet<string>>,
  zone: RandomZone,
): Promise<Voices> {
  const { type, rd, cd } = question;
  const edns = question.edns
    ? { edns: { payload: PEER_PAYLOAD, dnssecOk: question.dnssecOk } }
    : {};
  const queryOf = (name: Uint8Array): Uint8Array =>
    composeQuery({ name, type, rd, cd, id: 0x1234, ...edns });
  const heard = await Promise.all(
    peers.map(async (peer): Promise<[string, Outcome | null]> => {
      if (!loaded.get(peer)!.has(zone.apex)) return [peer.name, null];
      const ask = (name: Uint8Array) => peer.ask(queryOf(name));
      return [peer.name, await outcomeOf(ask, question.name, type, apexes)];
    }),
  );
  const askOwn = async (name: Uint8Array): Promise<Uint8Array | null> => {
    const { octets } = own(queryOf(name));
    const room = question.edns ? PEER_PAYLOAD : UDP_PLAIN_SIZE_MAX;
    assert.ok(octets === null || octets.length <= room, `${octets?.length} octets for ${room}`);
    return octets;
  };
  const ours = await outcomeOf(askOwn, question.name, type, apexes);
  return { ours, peers: new Map(heard) };
}

/**
 * Compares one answer; counts it, or notes what is wrong. Agreement is on what an answer says as a
 * whole, since three that agree on its RCODE and on nothing else agree by chance. If the proofs
 * differ there may still be a majority for RCODE and answer together.
 */
function judge(question: Question, voices: Voices, zone: RandomZone, result: RunResult): void {
  result.asked += 1;
  const all = [...voices.peers.values()].filter((one) => one !== null);
  const least = leastOf(voices.peers.size, all.length);
  const agreed = agreement(all, CORE, least) ?? agreement(all, PART, partLeast(least, all.length));
  if (agreed === null) {
    result.disputed.push({ question, voices });
    const own = voices.ours === null ? "" : text(voices.ours, CORE);
    if (all.length > 0 && !all.some((one) => text(one, CORE) === own)) result.alone += 1;
    return;
  }
  const { fields, agreeing } = agreed;
  const extra = fields === CORE ? ADORNMENTS : [];
  const wanted = new Map(fields.map((field) => [field, agreeing[0]!.summary[field]]));
  for (const field of extra) {
    const value = majority(
      agreeing.map((one) => one.summary[field]),
      least,
    );
    if (value !== null) wanted.set(field, value);
  }
  const wrong: [Field | "additional", string][] = [...wanted].filter(
    ([field, value]) => voices.ours?.summary[field] !== value,
  );
  // Two of three agree, and the third might have added what we add.
  const heard = agreeing.length >= Math.min(AGREE_MIN, all.length);
  if (
    voices.ours !== null &&
    fields === CORE &&
    heard &&
    !isSoundAdditional(voices.ours, agreeing)
  ) {
    wrong.push(["additional", ""]);
  }
  conclude(
    question,
    voices,
    zone,
    result,
    wrong.map(([field]) => field),
    agreeing[0]!.summary,
  );
}

function conclude(
  question: Question,
  voices: Voices,
  zone: RandomZone,
  result: RunResult,
  fields: readonly (Field | "additional")[],
  theirs: Summary,
): void {
  if (fields.length === 0) {
    result.agreed += 1;
    return;
  }
  const ours = voices.ours?.summary;
  const id =
    ours === undefined ? null : allowedDifference({ question, fields, ours, theirs, voices, zone });
  const one = { question, fields, voices, zone: zone.text };
  if (id === null) result.wrong.push(one);
  else (result.listed[id] ??= []).push(one);
}

/**
 * Addresses that nobody demands: what we add, one of those that agree adds too, so nothing is made
 * up; and what three of them add is not missing.
 */
function isSoundAdditional(ours: Outcome, agreeing: readonly Outcome[]): boolean {
  const theirs = new Set(agreeing.flatMap((one) => one.additional));
  const wanted = [...theirs].filter(
    (line) => agreeing.filter((one) => one.additional.includes(line)).length >= AGREE_MIN,
  );
  const whole = ours.summary.tc === "false" && agreeing.every((one) => one.summary.tc === "false");
  return (
    ours.additional.every((line) => theirs.has(line)) &&
    (!whole || wanted.every((line) => ours.additional.includes(line)))
  );
}

const CORE: readonly Field[] = ["rcode", "aa", "answer", "authority"];
const PART: readonly Field[] = ["rcode", "answer"];
const ADORNMENTS: readonly Field[] = ["flags", "tc", "glue"];

const text = (one: Outcome, fields: readonly Field[]): string =>
  fields.map((field) => one.summary[field]).join("\n\n");

/** Of three servers it is more than half of those that have the zone, and never one alone. */
function leastOf(servers: number, having: number): number {
  return servers > AGREE_MIN ? AGREE_MIN : Math.max(2, (having >> 1) + 1);
}

/** Two that agree on a part of what they say may do so by chance. */
function partLeast(least: number, having: number): number {
  return Math.max(least, Math.min(AGREE_MIN, having));
}

/** Those who say the same in these fields; null if they are less than `least`. */
function agreement(
  all: readonly Outcome[],
  fields: readonly Field[],
  least: number,
): { readonly fields: readonly Field[]; readonly agreeing: readonly Outcome[] } | null {
  const texts = all.map((one) => text(one, fields));
  const theirs = majority(texts, least);
  return theirs === null ? null : { fields, agreeing: all.filter((_, i) => texts[i] === theirs) };
}

/** What at least so many say; null if there is no such. */
export function majority(values: readonly string[], least = AGREE_MIN): string | null {
  for (const value of values) {
    if (values.filter((other) => other === value).length >= least) return value;
  }
  return null;
}
