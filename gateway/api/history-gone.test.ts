import { get } from "node:http";
import { expect, it } from "vitest";
import { silentLog } from "../core/log.ts";
import { systemClock, systemTimers } from "../kit/clock.ts";
import { createApi } from "./api.ts";
import { ApiBench } from "./testing/api-bench.ts";

/** Past the limit of questions at once nobody comes by going away and asking anew. */
it.each(["json", "csv"])("a history question (%s) ends with whoever asked it", async (format) => {
  const bench = new ApiBench(systemClock, systemTimers);
  bench.people.put("vera", "viewer");
  const { accessToken } = await bench.people.enter("vera");
  const { history } = bench.useCases;
  const asked = Promise.withResolvers<AbortSignal>();
  const query: typeof history.query = (_caller, _input, signal) =>
    new Promise((_resolve, reject) => {
      if (!signal) return reject(new Error("nobody could end it"));
      signal.addEventListener("abort", () => reject(new Error("ended")), { once: true });
      asked.resolve(signal);
    });
  Object.assign(history, { query });
  const api = await createApi({
    useCases: bench.useCases,
    log: silentLog,
    clock: systemClock,
    timers: systemTimers,
    limits: { userQueries: 1 },
  });
  try {
    const { address } = await api.listen("127.0.0.1", 0);
    const url = `${address}/api/v1/history?tags=press/speed&start=2026-01-01T00:00:00Z&format=${format}`;
    const asking = get(url, { headers: { authorization: `Bearer ${accessToken}` } });
    asking.on("error", () => undefined);
    const signal = await asked.promise;
    expect(signal.aborted).toBe(false);
    const ended = new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    asking.destroy();
    await ended;
  } finally {
    await api.close();
  }
});
