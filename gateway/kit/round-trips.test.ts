import { expect, it } from "vitest";
import { RoundTrips } from "./round-trips.ts";

it("knows median and 99th percentile of the last 256, and nothing before the first", () => {
  const trips = new RoundTrips();
  expect(trips.summary()).toBeUndefined();
  trips.add(7);
  expect(trips.summary()).toEqual({ median: 7, p99: 7 });
  for (let n = 0; n < 256; n++) trips.add(n % 100 === 0 ? 1_000 : 10);
  expect(trips.summary()).toEqual({ median: 10, p99: 1_000 });
  for (let n = 0; n < 256; n++) trips.add(2);
  expect(trips.summary()).toEqual({ median: 2, p99: 2 });
});
