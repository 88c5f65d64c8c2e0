import { expect, it } from "vitest";
import { Rate } from "./rate.ts";

it("counts by the second over the last looks, and begins anew with its counter", () => {
  const rate = new Rate();
  expect(rate.perS).toBeUndefined();
  rate.look(0, 100);
  expect(rate.perS).toBeUndefined();
  rate.look(2000, 120);
  expect(rate.perS).toBe(10);
  for (let n = 2; n <= 6; n++) rate.look(n * 2000, 120);
  expect(rate.perS).toBe(0);
  rate.look(14_000, 5);
  expect(rate.perS).toBeUndefined();
  rate.look(16_000, 6);
  expect(rate.perS).toBe(0.5);
});
