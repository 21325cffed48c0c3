// SPDX-License-Identifier: Apache-2.0
/**
 * What the transfer thread and the control thread say to each other: one home, so that both ends
 * agree. What the readers say stands in slow.ts, what main says in src/daemon/messages.ts.
 *
 * Level and not edge: whoever comes up anew is told the whole of what is wanted, and looks at the
 * table by itself. A message that was lost with a thread costs nothing but a look.
 */
import type { Fault } from "../base/faults.ts";
import type { TsigAlgorithm } from "../dns/tsig.ts";
import type { Remote, SteeredName, ZoneTransfer } from "../resource/types.ts";
import type { RRset } from "../zone/records.ts";

/** Control → transfer. */
export type TransferOrder =
  /** All that is wanted of transfers, whenever any of it changes. Secrets pass here and nowhere else. */
  | { readonly kind: "wanted"; readonly wanted: TransferWanted }
  /** A table was published. */
  | { readonly kind: "published" }
  /** What was kept in these files is nobody's any more: said after zones are wanted no longer. */
  | { readonly kind: "forget"; readonly files: readonly string[] }
  /** What is wrong with a zone that was to be proved, errors and all; null if it cannot be said. */
  | { readonly kind: "proved"; readonly id: number; readonly faults: readonly Fault[] | null }
  /** An operator asks something of a zone. */
  | { readonly kind: "zone"; readonly apex: string; readonly action: TransferAction };

/** What an operator may ask of the transfers of one zone. */
export type TransferAction = "refresh" | "retransfer" | "notify" | "flush";

/** Transfer → control. */
export type TransferReport =
  /** An order was carried out: its zones are known, what was published is seen. */
  | { readonly kind: "seen" }
  /** A zone was received into `text`: is it one that may take the place of its file? */
  | { readonly kind: "prove"; readonly id: number; readonly apex: string; readonly text: string }
  /** A zone file was written: it is to be compiled. */
  | { readonly kind: "zone-written"; readonly apex: string }
  /** A flush was asked for: it is done, or why it is not. */
  | { readonly kind: "flushed"; readonly apex: string; readonly reason: string | null }
  /** A zone may be served no longer, or may be again. */
  | { readonly kind: "zone-expired"; readonly apex: string; readonly expired: boolean }
  /** How the secondaries fare, whenever something of it has changed. */
  | { readonly kind: "secondaries"; readonly list: readonly SecondaryStatus[] };

/** How one secondary fares. Times are milliseconds of UNIX time. */
export interface SecondaryStatus {
  readonly apex: string;
  /** Of what we have on disk; null without. */
  readonly serial: number | null;
  readonly busy: "nothing" | "soa" | "steps" | "whole";
  /** Id of the primary that is asked, or was asked last. */
  readonly primary: string;
  /** When a primary last confirmed what we have. */
  readonly confirmedAt: number | null;
  readonly nextAt: number;
  readonly expiresAt: number | null;
  readonly expired: boolean;
  readonly lastError: string | null;
}

export interface TransferWanted {
  readonly keys: readonly WantedKey[];
  readonly remotes: readonly Remote[];
  /** All zones, by apex. */
  readonly zones: readonly WantedZone[];
}

/** A key with its secret. */
export interface WantedKey {
  readonly id: string;
  /** Absolute, lower case, text. */
  readonly name: string;
  readonly algorithm: TsigAlgorithm;
  readonly secret: Uint8Array;
}

export interface WantedZone {
  /** Absolute, lower case, text. */
  readonly apex: string;
  /** The zone's file; of a secondary, where what it received is kept. */
  readonly file: string;
  readonly transfer: ZoneTransfer;
  /** Whether some of its names are steered. */
  readonly steered: boolean;
  /** Those names; left out for none. */
  readonly steeredNames?: readonly SteeredName[];
  /** Warnings refuse it, too. */
  readonly strict?: boolean;
  /** What a transfer shows of steered names; empty unless the zone says `flatten`. */
  readonly flattened: readonly RRset[];
}
