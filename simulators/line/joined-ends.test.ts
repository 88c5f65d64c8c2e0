import { duplexPair } from "node:stream";
import { expect, it } from "vitest";
import { joinEnds } from "./joined-ends.ts";
import { healthyLine } from "./tcp-line.ts";

/** What arrives when `answers` were said while the delay of the line was each time another. */
async function arrive(delays: readonly number[]): Promise<readonly number[]> {
  const [outside, client] = duplexPair();
  const [inside, server] = duplexPair();
  let answerDelayMs = 0;
  const ends = joinEnds(outside, inside, () => ({ ...healthyLine, answerDelayMs }));
  const came: number[] = [];
  const all = new Promise<void>((resolve) => {
    client.on("data", (bytes: Buffer) => {
      came.push(...bytes);
      if (came.length >= delays.length) resolve();
    });
  });
  for (const [n, ms] of delays.entries()) {
    answerDelayMs = ms;
    server.write(Buffer.of(n));
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  await all;
  ends.destroy();
  return came;
}

const answers = Array.from({ length: 250 }, (_, n) => n);
it.each([
  ["none", () => 0],
  ["the same for all", () => 20],
  ["taken back on the way", (n: number) => (n < 200 ? 40 : 0)],
  ["ever shorter", (n: number) => 50 - Math.floor(n / 5)],
  ["by turns", (n: number) => (n % 3) * 7],
] as const)("answers keep their order; delay: %s", async (_, delay) => {
  expect(await arrive(answers.map(delay))).toEqual(answers);
});
