// SPDX-License-Identifier: Apache-2.0
/**
 * The whole story of one answer: what the kernel did, and what the control plane thought before.
 *
 * Used by a running server and offline alike; the facts come from the memories and the core that
 * the caller hands in, so both tell the truth of their own table.
 */
import { explain } from "../answer/explain.ts";
import { createKernel, type Kernel } from "../answer/scratch.ts";
import type { ExplainDocument, ExplainQuery } from "../control/documents.ts";
import type { ControlCore } from "../control/state.ts";
import { addressFromText } from "../dns/address.ts";
import { composeQuery } from "../dns/compose.ts";
import { typeNumber, typeText } from "../dns/iana.ts";
import { isMessage, readMessage } from "../dns/message.ts";
import { nameFromText, nameToText } from "../dns/names.ts";
import { messageToText } from "../dns/text.ts";
import type { Memory } from "../io/memory.ts";
import { COUNTER_BLOCK_WORDS } from "../layout/gen/counters.ts";
import { PLAN_ROWS_MAX } from "../layout/limits.ts";
import { explainCandidates } from "../steer/candidates.ts";
import { currentEpoch, currentRoot } from "../table/publish.ts";

export interface Storyteller {
  tell(query: ExplainQuery): ExplainDocument | { readonly error: string };
}

/** Address that asks when the query names none. */
const CLIENT_DEFAULT = "127.0.0.1";

/** A storyteller over `memory`, with a kernel of its own that counts for nobody. */
export function createStoryteller(
  memory: Memory,
  core: ControlCore,
  udpSizeMax: number,
): Storyteller {
  const kernel: Kernel = createKernel(
    {
      table: memory.table,
      plans: memory.plans,
      settings: memory.settings,
      counters: new Float64Array(COUNTER_BLOCK_WORDS),
      planRows: PLAN_ROWS_MAX,
    },
    { udpSizeMax },
  );
  return { tell: (query) => tell(kernel, memory, core, query) };
}

function tell(
  kernel: Kernel,
  memory: Memory,
  core: ControlCore,
  query: ExplainQuery,
): ExplainDocument | { readonly error: string } {
  const name = nameFromText(query.name.endsWith(".") ? query.name : `${query.name}.`);
  if (name === null) return { error: `${query.name} is not a name` };
  const type = typeNumber(query.type.toUpperCase());
  if (type < 0) return { error: `${query.type} is not a type` };
  const client = addressFromText(query.client === "" ? CLIENT_DEFAULT : query.client);
  if (client === null) return { error: `${query.client} is not an address` };
  const subnet = query.subnet === "" ? null : parseSubnet(query.subnet);
  if (subnet === "bad") return { error: `${query.subnet} is not a subnet such as 192.0.2.0/24` };

  // The root is taken on the thread that publishes, so nothing can be reclaimed meanwhile.
  kernel.root = currentRoot(memory.control);
  const octets = composeQuery({
    name,
    type,
    edns: {},
    ...(subnet === null ? {} : { ecs: subnet }),
  });
  const story = explain(kernel, octets, client, query.transport);
  const reply = readMessage(story.reply);
  const steering = story.steering;
  return {
    question: { name: nameToText(name), type: typeText(type) },
    client: query.client === "" ? CLIENT_DEFAULT : query.client,
    subnet: query.subnet,
    zone: story.apex === null ? null : nameToText(story.apex),
    serial: story.serial,
    epoch: currentEpoch(memory.control),
    synthesized: story.synthesized,
    steering: steering === null ? null : { ...steering, ...thoughts(core, steering) },
    hints: story.hints.map((hint) => ({
      key: hint.key,
      steering: { ...hint.steering, ...thoughts(core, hint.steering) },
    })),
    replyText: isMessage(reply) ? messageToText(reply) : "",
    replyBase64: Buffer.from(story.reply).toString("base64"),
  };
}

type Steering = NonNullable<ReturnType<typeof explain>["steering"]>;

/** What the control plane thought of the region: distances, health, who never became a candidate. */
function thoughts(core: ControlCore, steering: Steering) {
  const policy = core.desired.policies.find((one) => one.id === steering.policy);
  const region = core.maps.get(steering.map)?.regions.find((one) => one.name === steering.region);
  const choice =
    policy === undefined || region === undefined
      ? null
      : explainCandidates(policy, region, core.endpoints);
  const nameOf = (endpoint: number): string => core.endpoints.endpoints[endpoint]!.id;
  return {
    candidates: steering.candidates.map((candidate) => {
      const notes: string[] = [];
      const kept = choice?.kept.find(({ endpoint }) => nameOf(endpoint) === candidate.endpoint);
      if (kept !== undefined) notes.push(kept.reason);
      const at = core.endpoints.at.get(candidate.endpoint);
      const verdict = at === undefined ? undefined : core.verdicts[at];
      if (verdict !== undefined) {
        notes.push(verdict.reason === "" ? verdict.status : `${verdict.status}: ${verdict.reason}`);
      }
      return { ...candidate, notes };
    }),
    dropped: (choice?.dropped ?? []).map(({ endpoint, reason }) => ({
      endpoint: nameOf(endpoint),
      why: reason,
    })),
  };
}

function parseSubnet(
  text: string,
): { family: 1 | 2; source: number; scope: 0; address: Uint8Array } | "bad" {
  const [addressText, bitsText, more] = text.split("/");
  const address = addressFromText(addressText ?? "");
  if (address === null || more !== undefined) return "bad";
  const most = address.length * 8;
  const bits = bitsText === undefined ? most : Number(bitsText);
  if (!Number.isInteger(bits) || bits < 0 || bits > most || bitsText === "") return "bad";
  // Bits behind the prefix are cleared here: people type host addresses.
  const cut = address.map((octet, i) => octet & (0xff00 >> Math.min(8, Math.max(0, bits - i * 8))));
  return { family: address.length === 4 ? 1 : 2, source: bits, scope: 0, address: cut };
}
