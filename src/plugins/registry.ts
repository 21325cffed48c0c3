// SPDX-License-Identifier: Apache-2.0
/**
 * All built-in plug-ins, in the order of action. Among probes the order has no meaning: a probe's
 * `kind` names the one that carries it out.
 */
import type { ProbePlugin } from "./probe.ts";
import { probeHttp } from "./probe-http/index.ts";
import { probeTcp } from "./probe-tcp/index.ts";

export const probePlugins: readonly ProbePlugin[] = [probeHttp, probeTcp];

/** By kind, complete: the compiler proves that every kind of probe has its plug-in. */
export const probePluginOf: Readonly<Record<ProbePlugin["kind"], ProbePlugin>> = {
  http: probeHttp,
  tcp: probeTcp,
};
