import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { InjectBench } from "../testing/inject.ts";
import { HistoryParameters } from "../wire/history.ts";
import { historyInput } from "./history.ts";

const start = "2026-01-01T00:00:00Z";
const startMs = Date.parse(start);

function input(more: object) {
  return historyInput(HistoryParameters.parse({ tags: "press/speed", start, ...more }), startMs + 3_600_000);
}

describe("the question", () => {
  it("ends now where no end is given, and takes offsets", () => {
    expect(input({})).toMatchObject({ startMs, endMs: startMs + 3_600_000, aggregate: "raw", limit: 10_000 });
    expect(input({ end: "2026-01-01T02:00:00+01:00" }).endMs).toBe(startMs + 3_600_000);
  });

  it.each([
    [{ points: "60" }, 60_000],
    [{ points: "7" }, 514_286],
    [{ interval: "500ms" }, 500],
    [{ interval: "1m" }, 60_000],
    [{ interval: "1min" }, 60_000],
    [{ interval: "1h" }, 3_600_000],
    [{}, undefined],
  ])("turns %o into an interval", (more, intervalMs) => {
    expect(input({ aggregate: "timeAverage", ...more }).intervalMs).toBe(intervalMs);
  });

  it.each([
    [{ interval: "day" }, { unit: "day", zone: undefined }],
    [
      { interval: "month", zone: "Asia/Kolkata" },
      { unit: "month", zone: "Asia/Kolkata" },
    ],
    [
      { interval: "1d", zone: "Europe/Rome" },
      { unit: "day", zone: "Europe/Rome" },
    ],
    [
      { interval: "1h", zone: "Europe/Rome" },
      { unit: "hour", zone: "Europe/Rome" },
    ],
    [{ interval: "1d" }, undefined],
  ])("takes %o as calendar", (more, calendar) => {
    expect(input({ aggregate: "delta", ...more }).calendar).toEqual(calendar);
  });

  it("names one aggregate or several, in the order in which they were asked for", () => {
    expect(input({ aggregate: "delta", interval: "1h" }).aggregate).toBe("delta");
    const several = { aggregate: "maximum,durationInState,minimum", state: "6", interval: "1h" };
    expect(input(several)).toMatchObject({ aggregate: ["maximum", "durationInState", "minimum"], state: "6" });
  });

  it.each(["middle", "minimum,", "raw,minimum", ""])("knows no aggregate %j", (aggregate) => {
    expect(() => input({ aggregate, interval: "1h" })).toThrow(/raw, or with commas between: average/);
  });

  it.each([
    [{ end: "2025-12-31T00:00:00Z" }, "history/range"],
    [{ end: start }, "history/range"],
    [{ points: "10" }, "request/invalid"],
    [{ aggregate: "minimum", points: "10", interval: "1s" }, "request/invalid"],
    [{ aggregate: "minimum", interval: "soon" }, "request/invalid"],
    [{ aggregate: "minimum", interval: "0s" }, "request/invalid"],
    [{ aggregate: "minimum,minimum", interval: "1s" }, "request/invalid"],
    [{ aggregate: "minimum", interval: "1s", state: "6" }, "request/invalid"],
    [{ state: "6" }, "request/invalid"],
    [{ layout: "table" }, "request/invalid"],
    [{ layout: "table", aggregate: "minimum,minimumActualTime", interval: "1h" }, "request/invalid"],
    [{ interval: "day" }, "request/invalid"],
    [{ aggregate: "delta", interval: "day", zone: "Mars/Base" }, "request/invalid"],
    [{ aggregate: "delta", interval: "10s", zone: "Europe/Rome" }, "request/invalid"],
    [{ aggregate: "delta", points: "10", zone: "Europe/Rome" }, "request/invalid"],
    [{ aggregate: "delta", interval: "day", points: "10" }, "request/invalid"],
  ])("refuses %o with %s", (more, code) => {
    expect(() => input(more)).toThrow(expect.objectContaining({ code }));
  });
});

describe("GET /history", () => {
  let bench: InjectBench;
  const range = `start=2026-01-01T00:00:00Z&end=2026-01-02T00:00:00Z`;

  beforeEach(() => {
    bench = new InjectBench();
  });

  afterEach(() => bench.close());

  async function record(count: number): Promise<void> {
    for (let n = 0; n < count; n++) {
      await bench.time.advance(10);
      bench.bench.set("press/speed", n - 3);
    }
  }

  it("gives pages that together are everything, once", async () => {
    await record(25);
    const seen: unknown[] = [];
    let next: string | undefined;
    do {
      const url = `/api/v1/history?tags=press/speed&${range}&limit=10${next === undefined ? "" : `&next=${next}`}`;
      const { body } = await bench.call<{ series: { points: unknown[] }[]; next?: string }>("GET", url, {
        as: "viewer",
      });
      seen.push(...(body.series[0]?.points ?? []));
      next = body.next;
    } while (next !== undefined);
    expect(seen).toHaveLength(26);
    expect(seen[1]).toEqual([Date.UTC(2026, 0, 1, 0, 0, 0, 10), -3, 0]);
  });

  it("gives CSV whole, over all pages, numbers as numbers and formulas as text", async () => {
    await record(5);
    const url = `/api/v1/history?tags=press/speed,oven/note&${range}&format=csv&limit=2`;
    const answer = await bench.call("GET", url, { as: "viewer" });
    expect(answer.headers["content-type"]).toContain("text/csv");
    expect(answer.text.split("\r\n")).toEqual([
      "tag,time,value,status",
      "press/speed,2026-01-01T00:00:00.000Z,400,Good",
      "press/speed,2026-01-01T00:00:00.010Z,-3,Good",
      "press/speed,2026-01-01T00:00:00.020Z,-2,Good",
      "press/speed,2026-01-01T00:00:00.030Z,-1,Good",
      "press/speed,2026-01-01T00:00:00.040Z,0,Good",
      "press/speed,2026-01-01T00:00:00.050Z,1,Good",
      "oven/note,2026-01-01T00:00:00.000Z,'=cmd|' /C calc'!A0,Good",
      "",
    ]);
  });

  it("gives all tags on one time axis as a table, in JSON and as CSV", async () => {
    await record(3);
    const tags = "press/speed,oven/note,press/speed";
    const url = `/api/v1/history?tags=${tags}&${range}&aggregate=last&interval=1d&layout=table`;
    const { body } = await bench.call("GET", url, { as: "viewer" });
    const columns = ["press/speed", "oven/note"].map((tag) => ({ tag, aggregate: "last" }));
    const at = Date.UTC(2026, 0, 1);
    expect(body).toEqual({ columns, rows: [[at, [-1, 0], ["=cmd|' /C calc'!A0", 0]]] });
    const { text } = await bench.call("GET", `${url}&format=csv`, { as: "viewer" });
    expect(text.split("\r\n")).toEqual([
      "time,press/speed last,press/speed last status,oven/note last,oven/note last status",
      "2026-01-01T00:00:00.000Z,-1,Good,'=cmd|' /C calc'!A0,Good",
      "",
    ]);
  });

  it("refuses before the answer begins", async () => {
    const answer = await bench.call("GET", `/api/v1/history?tags=oven/note&${range}&format=csv`, { as: "inside" });
    expect([answer.status, answer.problem.code]).toEqual([404, "request/not-found"]);
  });

  it("is clipped to a guest's slots", async () => {
    await record(3);
    const now = bench.time.wallMs();
    bench.bench.people.book("inside", { equipment: "press", startMs: now, endMs: now + 1000 });
    const { body } = await bench.call<{ series: { points: number[][] }[] }>(
      "GET",
      `/api/v1/history?tags=press/speed&${range}`,
      { as: "inside" },
    );
    expect(body.series[0]?.points.map(([at]) => at)).toEqual([now]);
  });

  it("ends a long download when the sign-in ends", async () => {
    await record(5);
    bench.bench.people.renew = async () => undefined;
    const { app } = await bench.api;
    const { accessToken } = await bench.bench.people.enter("viewer");
    const headers = { authorization: `Bearer ${accessToken}` };
    const url = `/api/v1/history?tags=press/speed&${range}&format=csv&limit=2`;
    await expect(app.inject({ method: "GET", url, headers })).rejects.toThrow();
  });
});
