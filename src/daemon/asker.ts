// SPDX-License-Identifier: Apache-2.0
/** Who has sent a slow request, in the words of access rules. */

import { nameToText } from "../dns/names.ts";
import { parsePrefix, printAddress } from "../geo/prefix.ts";
import { TRANSPORT_TLS } from "../layout/gen/enums.ts";
import type { AccessRule } from "../resource/types.ts";
import { type AccessCheck, type Asker, mayPass } from "../transfer/access.ts";
import type { TransferContext } from "./transfer.ts";
import type { Asked } from "./transfer-desk.ts";

export function askerOf(context: TransferContext, { job, key }: Asked): Asker {
  const { client, family, transport } = job.request;
  const keys = context.wanted().keys;
  const name = key === null ? null : nameToText(key.name);
  return {
    address: client.subarray(0, family === 4 ? 4 : 16),
    key: keys.find((one) => one.name === name)?.id ?? null,
    tls: transport === TRANSPORT_TLS,
  };
}

/** Its address for people, and as remotes have theirs. */
export function addressOf({ job }: Asked): string {
  const { client, family } = job.request;
  return printAddress(client.subarray(0, family === 4 ? 4 : 16));
}

/** Whether a list of the configuration lets it pass. */
export function mayAsk(
  context: TransferContext,
  rules: readonly AccessRule[],
  asked: Asked,
): boolean {
  return mayPass(rules.map(checkOf), askerOf(context, asked));
}

function checkOf({ prefix, key, tls }: AccessRule): AccessCheck {
  const parsed = prefix === null ? null : parsePrefix(prefix);
  return { prefix: typeof parsed === "string" ? null : parsed, key, tls };
}
