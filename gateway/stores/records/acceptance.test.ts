import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AcceptedControl } from "../../core/acceptance-port.ts";
import { type RecordsBench, recordsBench } from "./testing/bench.ts";

let bench: RecordsBench;
beforeEach(async () => {
  bench = await recordsBench();
});
afterEach(() => bench[Symbol.asyncDispose]());

function accepted(equipment: string, more: Partial<AcceptedControl> = {}): AcceptedControl {
  return {
    equipment,
    sheet: `{"equipment":"${equipment}"}`,
    digest: "0".repeat(64),
    acceptedAt: 1_000,
    acceptedBy: "system:first-start",
    address: "local",
    narrowedAt: undefined,
    ...more,
  };
}

describe("what was accepted, in the records", () => {
  it("is nothing in a fresh file", async () => {
    expect(await bench.records.acceptance.listAccepted()).toEqual([]);
  });

  it("is kept machine by machine, and replaced as a whole", async () => {
    const { acceptance } = bench.records;
    await acceptance.putAccepted([accepted("press"), accepted("oven")]);
    const later = accepted("press", { sheet: "{}", digest: "1".repeat(64), narrowedAt: 2_000, address: "10.0.0.9" });
    await acceptance.putAccepted([later]);
    expect(await acceptance.listAccepted()).toEqual([accepted("oven"), later]);
    await acceptance.putAccepted([accepted("press")]);
    expect(await acceptance.listAccepted()).toEqual([accepted("oven"), accepted("press")]);
  });

  it("is gone with its machine", async () => {
    const { acceptance } = bench.records;
    await acceptance.putAccepted([accepted("press"), accepted("oven")]);
    await acceptance.removeAccepted("press");
    await acceptance.removeAccepted("never-there");
    expect(await acceptance.listAccepted()).toEqual([accepted("oven")]);
  });
});
