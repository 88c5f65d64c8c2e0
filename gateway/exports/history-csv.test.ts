import { describe, expect, it } from "vitest";
import type { RecordedRow } from "../core/history-port.ts";
import { Status } from "../core/status.ts";
import type { Value } from "../core/value.ts";
import { aggregatesCsvHeader, historyCsv, historyCsvHeader } from "./history-csv.ts";

async function csvOf(...values: readonly Value[]): Promise<string> {
  const rows = values.map((value): RecordedRow => ({ tag: "press/x", timeMs: 0, value, status: 0, unit: undefined }));
  return text([rows]);
}

async function text(pages: readonly (readonly RecordedRow[])[]): Promise<string> {
  let all = "";
  async function* asked() {
    yield* pages;
  }
  for await (const piece of historyCsv(asked())) all += piece;
  return all;
}

/** The third column. */
function valuesIn(csv: string): readonly string[] {
  return csv
    .split("\r\n")
    .slice(1, -1)
    .map((line) => line.split(",")[2] ?? "");
}

describe("history as CSV", () => {
  it("says time, tag, value, status by name and code, and unit", async () => {
    const good = { tag: "press/speed", timeMs: 1_763_800_000_123, value: 412.5, status: 0, unit: "1/min" };
    const bad = { ...good, timeMs: 1_763_800_000_124, value: null, status: Status.Bad_NoCommunication };
    expect(await text([[good], [bad]])).toBe(
      [
        historyCsvHeader.trimEnd(),
        "2025-11-22T08:26:40.123Z,press/speed,412.5,Good,0x00000000,1/min",
        "2025-11-22T08:26:40.124Z,press/speed,,Bad_NoCommunication,0x80310000,1/min",
        "",
      ].join("\r\n"),
    );
  });

  it("keeps numbers exact and without an apostrophe", async () => {
    const csv = await csvOf(-5, 0.1, 2n ** 64n - 1n, -(2n ** 63n), Number.NaN, Number.NEGATIVE_INFINITY, 1e21);
    const kept = ["-5", "0.1", "18446744073709551615", "-9223372036854775808", "NaN", "-Infinity", "1e+21"];
    expect(valuesIn(csv)).toEqual(kept);
  });

  it.each(["=1+1", "+1", "-1", "@SUM(A1)", "\tx"])("takes the formula out of the text %j", async (formula) => {
    expect(valuesIn(await csvOf(formula))).toEqual([`'${formula}`]);
  });

  it("quotes what would break a line", async () => {
    expect(await csvOf('a"b,c\r\nd')).toContain('"a""b,c\r\nd"');
  });

  it("gives truth as words and bytes as base64", async () => {
    expect(valuesIn(await csvOf(true, false, Uint8Array.of(1, 2, 255)))).toEqual(["true", "false", "AQL/"]);
  });

  it("names the aggregates", async () => {
    const row = { tag: "press/energy", timeMs: 0, value: 3.5, status: 0, unit: "kWh", aggregate: "delta" } as const;
    async function* pages() {
      yield [row];
    }
    let csv = "";
    for await (const piece of historyCsv(pages(), "aggregates")) csv += piece;
    const line = "1970-01-01T00:00:00.000Z,press/energy,delta,3.5,Good,0x00000000,kWh\r\n";
    expect(csv).toBe(`${aggregatesCsvHeader}${line}`);
  });

  it("is the heading alone where nothing was recorded", async () => {
    expect(await text([])).toBe(historyCsvHeader);
  });
});
