// SPDX-License-Identifier: Apache-2.0
/**
 * The story of one answer for people, in the order in which it happened: who asked what, where the
 * map put the client, which plan that led to, what became of each candidate, and the reply.
 */
import type { ExplainDocument } from "../control/documents.ts";
import { type Cell, cell, listText, paint, printable, type Style, tableText } from "./table.ts";

type Steering = NonNullable<ExplainDocument["steering"]>;
type Candidate = Steering["candidates"][number];

export function explainText(story: ExplainDocument, colour: boolean): string {
  const { steering, hints } = story;
  const rows = hints.length > 0 ? [] : steeringRows(steering);
  const parts = [listText([...requestRows(story), ...rows], colour)];
  if (steering !== null) parts.push(...pickParts(steering, colour));
  for (const hint of hints) {
    const heading = ["hint", cell(hint.key, "bold")] as const;
    parts.push(listText([heading, ...steeringRows(hint.steering)], colour));
    parts.push(...pickParts(hint.steering, colour));
  }
  parts.push(replyText(story, colour));
  return parts.join("\n");
}

/** What became of the candidates of one plan. */
function pickParts(steering: Steering, colour: boolean): string[] {
  const parts = [candidatesText(steering, colour)];
  if (steering.dropped.length > 0) parts.push(droppedText(steering, colour));
  parts.push(listText(pickRows(steering), colour));
  return parts;
}

function requestRows(story: ExplainDocument): (readonly [string, Cell])[] {
  const { question, client, subnet, zone } = story;
  const from = subnet === "" ? client : `${client}, for the network ${subnet}`;
  const source = story.synthesized ? ", synthesized from a wildcard" : "";
  const where = zone === null ? "none of ours" : `${zone} serial ${story.serial}${source}`;
  return [
    ["question", cell(`${question.name} ${question.type}`, "bold")],
    ["client", cell(from)],
    ["zone", cell(where)],
    ["epoch", cell(story.epoch)],
  ];
}

function steeringRows(steering: Steering | null): (readonly [string, Cell])[] {
  if (steering === null) return [["policy", cell("none: the answer is the zone's own data")]];
  const layer = `${steering.layer}, a network of ${steering.networkBits} bits`;
  const plan = `row ${steering.planRow}, ${steering.planState}`;
  const planStyle = steering.allDownRule ? "bad" : "plain";
  return [
    ["policy", cell(steering.policy)],
    ["map", cell(steering.map)],
    ["layer", cell(layer)],
    ["region", cell(steering.region, "bold")],
    ["scope", cell(`/${steering.scope}`)],
    ["plan", cell(steering.allDownRule ? `${plan}, all-down rule` : plan, planStyle)],
  ];
}

function candidatesText(steering: Steering, colour: boolean): string {
  if (steering.candidates.length === 0) return "The plan has no candidates.\n";
  const rows = steering.candidates.flatMap((each) => {
    const row = [
      cell(markOf(each), styleOf(each)),
      cell(each.endpoint, each.picked ? "bold" : "plain"),
      cell(each.pop),
      cell(each.rank),
      cell(each.weight),
      cell(each.why, styleOf(each)),
    ];
    const blank = [cell(""), cell(""), cell(""), cell(""), cell("")];
    return [row, ...each.notes.map((note) => [...blank, cell(note, "dim")])];
  });
  return tableText(
    [
      { heading: " " },
      { heading: "CANDIDATE" },
      { heading: "POP" },
      { heading: "RANK", right: true },
      { heading: "WEIGHT", right: true },
      { heading: "WHY" },
    ],
    rows,
    colour,
  );
}

/** `*` is in the answer, `+` could have been, `-` could not. */
function markOf(candidate: Candidate): string {
  return candidate.picked ? "*" : candidate.kept ? "+" : "-";
}

function styleOf(candidate: Candidate): Style {
  return candidate.picked ? "good" : candidate.kept ? "plain" : "warn";
}

function droppedText(steering: Steering, colour: boolean): string {
  return tableText(
    [{ heading: "NO CANDIDATE" }, { heading: "WHY" }],
    steering.dropped.map((each) => [cell(each.endpoint), cell(each.why, "dim")]),
    colour,
  );
}

function pickRows(steering: Steering): readonly (readonly [string, Cell])[] {
  const picked = steering.candidates.filter((each) => each.picked);
  const names = picked.map((each) => `${each.endpoint} (${each.pop})`).join(", ");
  return [
    ["picker", cell(steering.picker)],
    ["pick", picked.length === 0 ? cell("nothing", "warn") : cell(names, "good")],
    ["TTL", cell(`${steering.ttlSecs} s`)],
  ];
}

function replyText(story: ExplainDocument, colour: boolean): string {
  const heading = paint("reply", "dim", colour);
  if (story.replyText === "") return `${heading}  none is sent\n`;
  const lines = story.replyText.trimEnd().split("\n");
  return `${heading}\n${lines.map((line) => `  ${replyLine(line)}`.trimEnd()).join("\n")}\n`;
}

/** The one text from outside whose tabs are meant: it looks as dig prints it. */
function replyLine(line: string): string {
  return line.split("\t").map(printable).join("\t");
}
