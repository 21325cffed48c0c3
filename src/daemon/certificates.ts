// SPDX-License-Identifier: Apache-2.0
/** Whether the certificate of this node could be put in force: for `check`, and at each reload. */
import { type Fault, fault } from "../base/faults.ts";
import type { NodeConfig } from "../config/node.ts";
import { loadTls } from "../io/tls-files.ts";

/** A fault if it could not, none without TLS. The stream threads read the files for themselves. */
export function certificateFaults({ tls }: Pick<NodeConfig, "tls">): readonly Fault[] {
  if (tls.files === null) return [];
  const loaded = loadTls(tls.files);
  if (typeof loaded !== "string") return [];
  const place = { file: tls.files.certificate, line: 0, column: 0 };
  return [fault("TLS_CERTIFICATE", place, loaded)];
}
