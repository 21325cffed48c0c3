// SPDX-License-Identifier: Apache-2.0
/** Writing an answer, and whole answers by each kernel that there is. */
import { answer } from "../../src/answer/answer.ts";
import { answerBatch, UDP_SLOT_STRIDE } from "../../src/answer/kernel.ts";
import { answerStatic, answerSteered } from "../../src/answer/respond.ts";
import { begin, finish, writeOpt } from "../../src/answer/writer.ts";
import { composeQuery, type QueryOptions } from "../../src/dns/compose.ts";
import { loadNative } from "../../src/io/native.ts";
import { createNativeKernel } from "../../src/io/native-kernel.ts";
import { COUNTER_BLOCK_WORDS } from "../../src/layout/gen/counters.ts";
import { PACKET_SLOT_SIZE, PACKET_SLOT_SIZE_OUT } from "../../src/layout/gen/slab.ts";
import { BATCH_MAX } from "../../src/layout/limits.ts";
import { PLAN_ROW_WORDS } from "../../src/table/plans.ts";
import { createSlab, createTraffic, fillSlab, subnetOf } from "../../test/support/traffic.ts";
import { putRequest, type World } from "../../test/support/world.ts";
import { INPUTS, type Part } from "./part.ts";

const TYPE_A = 1;
/** Of one record that points at its owner: pointer, type, class, TTL, size, address. */
const ADDRESS_RECORD_SIZE = 16;
const BATCHES = Math.ceil(INPUTS / BATCH_MAX);

export function respondParts({ kernel, slab }: World): readonly Part[] {
  const { out, question, picked } = kernel;
  const part = (name: string, query: QueryOptions, write: () => boolean): Part => {
    const request = composeQuery(query);
    const prepare = (): number => {
      putRequest(slab, request);
      return answer(kernel, slab, 0);
    };
    const size = request.length + ADDRESS_RECORD_SIZE;
    let ready = false;
    return {
      group: "respond",
      name,
      operations: INPUTS,
      work: () => {
        // The parts share one kernel: what parse, lookup and pick left in it is made once a part.
        if (!ready) ready = prepare() === size;
        let all = 0;
        for (let i = 0; i < INPUTS; i += 1) {
          begin(out, slab.u8, PACKET_SLOT_SIZE, question.end);
          out.aa = 1;
          if (!write()) continue;
          if (question.edns !== 0) writeOpt(out, question, 0, kernel.udpSizeMax, picked.scope);
          all += finish(out, question);
        }
        return all;
      },
      expected: INPUTS * size,
    };
  };
  return [
    part("respond, static", { id: 1, name: "h1.example.org.", type: "A" }, () =>
      answerStatic(kernel),
    ),
    part(
      "respond, steered and client subnet",
      { id: 1, name: "sticky.example.org.", type: "A", ecs: "192.0.2.0/24" },
      () => answerSteered(kernel, TYPE_A),
    ),
  ];
}

/** Whole answers, the filling of the slots included. Both kernels, where there is an addon. */
export function answerParts(world: World): readonly Part[] {
  const { kernel } = world;
  const { table, plans, settings } = world.memory;
  const slab = createSlab();
  const kernels: Record<string, () => void> = {
    TypeScript: () => answerBatch(kernel, slab, 0, UDP_SLOT_STRIDE, BATCH_MAX),
  };
  const { addon } = loadNative();
  if (addon !== null) {
    const planRows = plans.length / PLAN_ROW_WORDS;
    const counters = new Float64Array(COUNTER_BLOCK_WORDS);
    const memory = { table, plans, settings, counters, planRows };
    const native = createNativeKernel(addon, memory, { udpSizeMax: 1232 });
    kernels["native"] = () =>
      native.answerBatch(kernel.root, slab.u8, 0, UDP_SLOT_STRIDE, BATCH_MAX);
  }
  const kinds: Record<string, (i: number) => QueryOptions> = {
    static: (i) => ({ name: `h${i}.example.org.`, type: "A" }),
    "rendezvous, client subnet": (i) => ({
      name: "sticky.example.org.",
      type: "A",
      ecs: subnetOf(i),
    }),
  };
  return Object.entries(kinds).flatMap(([kind, make]) => {
    const traffic = createTraffic(BATCHES * BATCH_MAX, make);
    return Object.entries(kernels).map(
      ([name, batch]): Part => ({
        group: "answer",
        name: `${kind}, ${name}`,
        operations: traffic.count,
        work: () => {
          let all = 0;
          for (let n = 0; n < BATCHES; n += 1) {
            fillSlab(slab, traffic);
            batch();
            for (let i = 0; i < BATCH_MAX; i += 1) {
              all += slab.u32[(i * UDP_SLOT_STRIDE + PACKET_SLOT_SIZE_OUT) >> 2]!;
            }
          }
          return all;
        },
        expected: traffic.octets.length + traffic.count * ADDRESS_RECORD_SIZE,
      }),
    );
  });
}
