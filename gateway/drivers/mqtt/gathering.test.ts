import { describe, expect, it } from "vitest";
import type { Reading } from "../../core/driver-port.ts";
import { Status } from "../../core/status.ts";
import { type Gathered, Gathering } from "./gathering.ts";

const reading = (value: number): Reading => ({ value, status: Status.Good });

function gatheringOf(devices: readonly string[], failing?: string) {
  const heard: { device: string; rows: [number, unknown][] }[] = [];
  const failures: unknown[] = [];
  const sink = {
    readings(device: string, handles: readonly number[], readings: readonly Reading[]) {
      if (device === failing) throw new Error("full");
      heard.push({ device, rows: handles.map((handle, i) => [handle, readings[i]?.value]) });
    },
    alive: () => undefined,
  };
  const gathered = devices.map((device): Gathered => ({ device, sink, handles: [], readings: [] }));
  return { gathering: new Gathering((error) => failures.push(error)), gathered, heard, failures };
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("readings go on together", () => {
  it("in one batch per device, in the order in which they came, in the same turn", async () => {
    const { gathering, gathered, heard } = gatheringOf(["a", "b"]);
    const [a, b] = gathered as [Gathered, Gathered];
    gathering.add(a, 1, reading(10));
    gathering.add(b, 7, reading(70));
    gathering.add(a, 1, reading(11));
    expect(heard).toEqual([]);
    await nextTurn();
    expect(heard).toEqual([
      {
        device: "a",
        rows: [
          [1, 10],
          [1, 11],
        ],
      },
      { device: "b", rows: [[7, 70]] },
    ]);
    await nextTurn();
    expect(heard).toHaveLength(2);
  });

  it("a thousand at most, so that others have their turn", () => {
    const { gathering, gathered, heard } = gatheringOf(["a"]);
    for (let n = 0; n < 2_500; n++) gathering.add(gathered[0] as Gathered, n, reading(n));
    expect(heard.map(({ rows }) => rows.length)).toEqual([1_000, 1_000]);
    gathering.end();
  });

  it("at once where somebody waits for them, and never after the end", async () => {
    const { gathering, gathered, heard } = gatheringOf(["a"]);
    gathering.add(gathered[0] as Gathered, 1, reading(1));
    gathering.handOn();
    expect(heard).toHaveLength(1);
    gathering.add(gathered[0] as Gathered, 2, reading(2));
    gathering.end();
    await nextTurn();
    expect(heard).toHaveLength(1);
  });

  it("also where those of another device could not be taken in", () => {
    const { gathering, gathered, heard, failures } = gatheringOf(["a", "b"], "a");
    gathering.add(gathered[0] as Gathered, 1, reading(1));
    gathering.add(gathered[1] as Gathered, 2, reading(2));
    gathering.handOn();
    expect(failures).toHaveLength(1);
    expect(heard).toEqual([{ device: "b", rows: [[2, 2]] }]);
  });
});
