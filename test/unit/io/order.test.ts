// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createOrder, placeOf } from "../../../src/io/order.ts";

test("the first is who has waited longest, as in a list that is kept by hand", () => {
  const steps = fc.array(fc.record({ who: fc.nat(5), leaves: fc.boolean() }));
  fc.assert(
    fc.property(steps, (list) => {
      const order = createOrder<number>();
      const places = Array.from({ length: 6 }, (_, i) => placeOf(i));
      let model: number[] = [];
      for (const { who, leaves } of list) {
        model = model.filter((one) => one !== who);
        if (leaves) order.remove(places[who]!);
        else {
          order.toEnd(places[who]!);
          model.push(who);
        }
        assert.equal(order.first, model[0] ?? null);
      }
      for (const one of model) {
        assert.equal(order.first, one);
        order.remove(places[one]!);
      }
      assert.equal(order.first, null);
    }),
  );
});
