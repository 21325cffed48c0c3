// SPDX-License-Identifier: Apache-2.0
/**
 * Who may: a list of rules against where a request came from and who signed it.
 *
 * A list passes if one rule fits, and a rule if all of it does; an empty list passes nobody. An
 * address alone can be forged over UDP; that is why what changes something wants a key.
 */
import { contains, type Prefix } from "../geo/prefix.ts";

/** A rule, ready to be asked. */
export interface AccessCheck {
  /** Null: any address. */
  readonly prefix: Prefix | null;
  /** Id of a key; null: signed or not. */
  readonly key: string | null;
  readonly tls: boolean;
}

/** Who asks. */
export interface Asker {
  /** 4 or 16 octets, as many as the family has. */
  readonly address: Uint8Array;
  /** Id of the key whose signature was good; null if there was none. */
  readonly key: string | null;
  readonly tls: boolean;
}

export function mayPass(rules: readonly AccessCheck[], asker: Asker): boolean {
  return rules.some(
    ({ prefix, key, tls }) =>
      (prefix === null || contains(prefix, asker.address)) &&
      (key === null || key === asker.key) &&
      (!tls || asker.tls),
  );
}
