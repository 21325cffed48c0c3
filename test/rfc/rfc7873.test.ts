// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { composeQuery } from "../../src/dns/compose.ts";
import { Opcode, Rcode } from "../../src/dns/iana.ts";
import { TRANSPORT_TCP, TRANSPORT_UDP } from "../../src/layout/gen/enums.ts";
import { parse } from "../support/daemon-client.ts";
import { runScript } from "../support/script.ts";
import { ASKING, optionsTold, tellOptions } from "../support/slow-end.ts";
import { apexText, builtZone } from "../support/tables.ts";
import {
  ANYBODY,
  startTransferThread,
  transferQuery,
  wantedZone,
} from "../support/transfer-thread.ts";

runScript("rfc7873");

test("§5.2 what the transfer thread answers has a cookie as well, and the NSID of RFC 5001", async (t) => {
  const thread = await startTransferThread(t);
  tellOptions(thread.memory.settings);
  await thread.publish(builtZone("example.org.", apexText(9)));
  await thread.want({ zones: [wantedZone("example.org.", { allowTransfer: ANYBODY })] });
  const name = "example.org.";
  const requests: readonly (readonly [Uint8Array, number])[] = [
    [transferQuery(name, null, ASKING), Rcode.NOERROR],
    [transferQuery(name, 9, ASKING), Rcode.NOERROR],
    [transferQuery("example.com.", null, ASKING), Rcode.NOTAUTH],
    [composeQuery({ name, type: "SOA", opcode: Opcode.NOTIFY, edns: ASKING }), Rcode.REFUSED],
    [composeQuery({ name, type: "SOA", opcode: Opcode.UPDATE, edns: ASKING }), Rcode.REFUSED],
  ];
  for (const [request, rcode] of requests) {
    for (const transport of [TRANSPORT_TCP, TRANSPORT_UDP]) {
      const message = parse((await thread.ask(request, { transport }))[0]!);
      const isAxfr = message.opcode === 0 && message.questions[0]!.type === 252;
      if (isAxfr && transport === TRANSPORT_UDP) continue;
      assert.equal(message.rcode, rcode);
      const { options } = message.edns!;
      optionsTold({ ...message, edns: { ...message.edns!, options: options.slice(0, 2) } });
    }
  }
});

test("RFC 6891 §6.1.3: a version of EDNS that is not ours is BADVERS in every opcode", async (t) => {
  const thread = await startTransferThread(t);
  await thread.want({ zones: [wantedZone("example.org.")] });
  for (const opcode of [Opcode.NOTIFY, Opcode.UPDATE]) {
    const edns = { version: 1 };
    const query = composeQuery({ name: "example.org.", type: "SOA", opcode, edns });
    const message = parse((await thread.ask(query))[0]!);
    assert.equal(message.rcode, Rcode.BADVERS);
    assert.equal(message.edns!.version, 0);
  }
});
