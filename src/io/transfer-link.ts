// SPDX-License-Identifier: Apache-2.0
/**
 * What the transfer thread and the control thread say to each other: one home, so that both ends
 * agree. What the readers say stands in slow.ts, what main says in src/daemon/messages.ts.
 *
 * Level and not edge: whoever comes up anew is told the whole of what is wanted, and looks at the
 * table by itself. A message that was lost with a thread costs nothing but a look.
 */
import type { MessagePort } from "node:worker_threads";
import type { TsigAlgorithm } from "../dns/tsig.ts";

/** Main → reader: its end of the channel to the transfer thread. */
export interface SlowLink {
  readonly kind: "slow";
  readonly port: MessagePort;
}

/** Control → transfer. */
export type TransferOrder =
  /** All that is wanted of transfers, whenever any of it changes. Secrets pass here and nowhere else. */
  | { readonly kind: "wanted"; readonly wanted: TransferWanted }
  /** A table was published. */
  | { readonly kind: "published" };

/** Transfer → control. */
export type TransferReport =
  /** A zone file was written: it is to be compiled. */
  | { readonly kind: "zone-written"; readonly apex: string }
  /** A zone may be served no longer, or may be again. */
  | { readonly kind: "zone-expired"; readonly apex: string; readonly expired: boolean };

export interface TransferWanted {
  readonly keys: readonly WantedKey[];
  readonly remotes: readonly WantedRemote[];
  /** Zones with any transfer setting at all. */
  readonly zones: readonly WantedZone[];
}

export interface WantedKey {
  /** The name: absolute, lower case, text. */
  readonly id: string;
  readonly algorithm: TsigAlgorithm;
  /** Base64. */
  readonly secret: string;
}

/** Another server. */
export interface WantedRemote {
  readonly id: string;
  readonly addresses: readonly { readonly host: string; readonly port: number }[];
  readonly key: string | null;
}

/** Both must match; null is any. */
export interface WantedRule {
  readonly prefix: string | null;
  readonly key: string | null;
}

export interface WantedZone {
  /** Absolute, lower case, text. */
  readonly apex: string;
  /** Ids of remotes. */
  readonly notify: readonly string[];
  readonly allowTransfer: readonly WantedRule[];
}
