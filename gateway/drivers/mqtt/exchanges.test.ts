import { describe, expect, it } from "vitest";
import { RoundTrips } from "../../kit/round-trips.ts";
import { ManualTime } from "../../kit/testing/manual-time.ts";
import { Exchanges } from "./exchanges.ts";

describe("what is asked of a broker", () => {
  it("is counted, and how long its answer took", async () => {
    const time = new ManualTime();
    const roundTrips = new RoundTrips();
    const exchanges = new Exchanges(time, roundTrips);
    exchanges.sent({ cmd: "subscribe", messageId: 7, subscriptions: [{ topic: "a/b" }, { topic: "a/°" }] });
    exchanges.sent({ cmd: "publish", messageId: 8 });
    expect(roundTrips.summary()).toBeUndefined();
    await time.advance(30);
    exchanges.received({ cmd: "suback", messageId: 9, granted: [0] });
    exchanges.received({ cmd: "suback", messageId: 7, granted: [0, 128] });
    exchanges.received({ cmd: "suback", messageId: 7, granted: [0] });
    exchanges.sent({ cmd: "pingreq" });
    await time.advance(10);
    exchanges.received({ cmd: "pingresp" });
    expect(roundTrips.summary()).toEqual({ median: 10, p99: 30 });
    expect(exchanges.counts).toEqual({ requests: 2, failures: 1, bytesOut: 3 + 3 + 3 + 4 + 2 });
  });

  it("never takes more than its place in memory where nothing is answered", () => {
    const exchanges = new Exchanges(new ManualTime(), new RoundTrips());
    for (let messageId = 1; messageId <= 5_000; messageId++) exchanges.sent({ cmd: "subscribe", messageId });
    expect(exchanges.counts.requests).toBe(5_000);
  });
});
