// SPDX-License-Identifier: Apache-2.0
/**
 * What V8 is told before it compiles anything; imported first by the launcher, and by the benches, so
 * that they measure what is installed.
 *
 * An answer of the TypeScript kernel is one call of many small functions. By default the optimizing
 * compiler puts no more than 920 octets of byte code into one function, which is less than an answer
 * takes; with more, answers of most kinds take less time (docs/guide/benchmarks.md).
 *
 * Set here and not for single threads, since flags are those of the process, and code that was kept
 * compiled is only good for the same ones.
 */
import { setFlagsFromString } from "node:v8";

setFlagsFromString("--max-inlined-bytecode-size-cumulative=4000");
