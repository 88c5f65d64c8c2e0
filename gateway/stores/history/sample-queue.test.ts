import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Value } from "../../core/value.ts";
import { packValues, unpackValues } from "./packed-values.ts";
import { SampleQueue } from "./sample-queue.ts";

describe("the queue before the disk", () => {
  test("gives samples back in order and drops and counts the oldest when it is full", () => {
    const action = fc.oneof(
      fc.nat(2500).map((push) => ({ push })),
      fc.nat(2500).map((take) => ({ take })),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3000 }), fc.array(action, { maxLength: 12 }), (limit, actions) => {
        const queue = new SampleQueue(limit);
        let model: number[] = [];
        let next = 0;
        let dropped = 0;
        for (const one of actions) {
          if ("push" in one) {
            for (let i = 0; i < one.push; i++) {
              queue.push(next % 7, next, next % 3, next * 10);
              model.push(next++);
            }
            dropped += Math.max(0, model.length - limit);
            model = model.slice(-limit);
          } else {
            const { handles, times, statuses, values } = queue.take(one.take);
            const expected = model.splice(0, one.take);
            expect([...times]).toEqual(expected.map((n) => n * 10));
            expect(unpackValues(values)).toEqual(expected);
            expect([...handles]).toEqual(expected.map((n) => n % 7));
            expect([...statuses]).toEqual(expected.map((n) => n % 3));
          }
          expect([queue.length, queue.dropped, queue.pushed]).toEqual([model.length, dropped, next]);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("lets long texts go before they fill the memory", () => {
    const queue = new SampleQueue(1_000_000);
    const text = "x".repeat(65_536);
    for (let i = 0; i < 1000; i++) queue.push(0, text, 0, i);
    expect(queue.length).toBe(512);
    expect(queue.dropped).toBe(488);
  });
});

test("values of every kind survive the way between threads", () => {
  const values: Value[] = [
    1.5,
    null,
    true,
    false,
    "text",
    2n ** 63n,
    Uint8Array.of(1, 2),
    Number.NaN,
    -0,
    Number.NEGATIVE_INFINITY,
  ];
  expect(unpackValues(structuredClone(packValues(values)))).toEqual(values);
});
