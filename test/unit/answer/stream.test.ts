// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createFramer, pushChunk } from "../../../src/answer/stream.ts";

function framed(messages: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(messages.flatMap((m) => [m.length >> 8, m.length & 0xff, ...m]));
}

function run(chunks: readonly Uint8Array[]) {
  const framer = createFramer();
  const frames: number[][] = [];
  const sound = chunks.every((chunk) => {
    const taken = pushChunk(framer, chunk, (octets, at, size) => {
      frames.push([...octets.subarray(at, at + size)]);
      return true;
    });
    return taken === chunk.length;
  });
  return { framer, frames, sound };
}

test("F1: however the octets are cut, the same frames come out", () => {
  const message = fc.uint8Array({ minLength: 12, maxLength: 40 });
  fc.assert(
    fc.property(fc.array(message, { maxLength: 6 }), fc.array(fc.nat(250)), (messages, cuts) => {
      const all = framed(messages);
      const at = [0, ...cuts.map((cut) => cut % (all.length + 1)), all.length].sort(
        (a, b) => a - b,
      );
      const chunks = at.slice(1).map((end, i) => all.slice(at[i]!, end));
      const { framer, frames, sound } = run(chunks);
      assert.ok(sound);
      assert.deepEqual(
        frames,
        messages.map((m) => [...m]),
      );
      assert.equal(framer.partial, null);
    }),
  );
});

test("octet by octet", () => {
  const messages = [new Uint8Array(12).fill(1), new Uint8Array(300).fill(2)];
  const { frames } = run(Array.from(framed(messages), (octet) => Uint8Array.of(octet)));
  assert.deepEqual(
    frames.map((frame) => frame.length),
    [12, 300],
  );
});

test("a frame that arrives whole is handed on in place", () => {
  const chunk = framed([new Uint8Array(12)]);
  let seen: Uint8Array | null = null;
  pushChunk(createFramer(), chunk, (octets) => {
    seen = octets;
    return true;
  });
  assert.equal(seen, chunk);
});

test("a frame shorter than a header is malformed, cut or whole", () => {
  assert.equal(run([Uint8Array.of(0, 11, ...new Uint8Array(11))]).sound, false);
  assert.equal(run([Uint8Array.of(0), Uint8Array.of(3, 1, 2, 3)]).sound, false);
  assert.equal(run([Uint8Array.of(0, 0)]).sound, false);
});

test("what came before a malformed frame was handed on", () => {
  const good = framed([new Uint8Array(12).fill(7)]);
  const { frames, sound } = run([Uint8Array.of(...good, 0, 1, 9)]);
  assert.equal(sound, false);
  assert.equal(frames.length, 1);
});

test("an empty chunk changes nothing", () => {
  const { framer, frames } = run([new Uint8Array(0), Uint8Array.of(0), new Uint8Array(0)]);
  assert.deepEqual([frames.length, framer.filled], [0, 1]);
});

test("F2: who announces much and sends little takes little", () => {
  const { framer } = run([Uint8Array.of(0xff, 0xff, 1, 2, 3)]);
  assert.ok(framer.partial!.length <= 64);
  const more = run([
    Uint8Array.of(0xff),
    Uint8Array.of(0xff),
    new Uint8Array(1000),
    Uint8Array.of(1),
  ]);
  assert.equal(more.framer.filled, 1003);
  assert.ok(more.framer.partial!.length <= 2 * 1003);
});

test("F3: who stops gets the same frames when it gives the rest again", () => {
  const message = fc.uint8Array({ minLength: 12, maxLength: 40 });
  fc.assert(
    fc.property(
      fc.array(message, { maxLength: 6 }),
      fc.nat(300),
      fc.nat(7),
      (messages, cut, seed) => {
        const all = framed(messages);
        const framer = createFramer();
        const frames: number[][] = [];
        for (let rest of [all.subarray(0, cut), all.subarray(Math.min(cut, all.length))]) {
          while (rest.length > 0) {
            const taken = pushChunk(framer, rest, (octets, at, size) => {
              frames.push([...octets.subarray(at, at + size)]);
              return (frames.length + seed) % 3 !== 0;
            });
            assert.ok(taken > 0);
            rest = rest.subarray(taken);
          }
        }
        assert.deepEqual(
          frames,
          messages.map((m) => [...m]),
        );
      },
    ),
  );
});
