// SPDX-License-Identifier: Apache-2.0
/**
 * The limit of node:dgram: receives, writes one fixed A record behind the question, sends.
 *
 * It knows no names and looks nothing up; what a server takes longer than this is its own doing.
 * It answers in the octets that it was given, and drops an OPT: that is as little as can be done.
 */
import { createSocket } from "node:dgram";

const RECORD = new Uint8Array([0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4, 192, 0, 2, 1]);
const OUT = new Uint8Array(1024 * 512);
let next = 0;

const socket = createSocket({
  type: "udp4",
  reusePort: true,
  recvBufferSize: 4 << 20,
  sendBufferSize: 4 << 20,
  lookup: (host, _options, done) => done(null, host, 4),
});
socket.on("message", (message, from) => {
  if (message.length < 17 || message.length > 400) return;
  let end = 12;
  while (message[end] !== 0) end += 1 + message[end]!;
  end += 5;
  const at = next;
  next = (next + 512) % OUT.length;
  OUT.set(message.subarray(0, end), at);
  OUT[at + 2] = 0x84;
  OUT[at + 7] = 1;
  OUT[at + 11] = 0;
  OUT.set(RECORD, at + end);
  socket.send(OUT, at, end + RECORD.length, from.port, from.address);
});
socket.bind(Number(process.argv[2]), "127.0.0.1");
process.on("SIGTERM", () => process.exit(0));
