import { describe, expect, it } from "vitest";
import type { Caller } from "../../core/access/policy.ts";
import { type Order, orderOf } from "../../core/control/order.ts";
import { testPress, testTag } from "../../core/testing/plant.ts";
import { compile } from "../../expressions/compile.ts";
import { ControlBench, testCaller } from "../testing/control-bench.ts";
import { Conditions } from "./conditions.ts";
import { dryRun, why } from "./dry-run.ts";

const name = { en: "Furnace is cool", it: "Il forno è freddo" };
const press = testPress({ interlocks: [{ id: "cool", name, when: "furnace.temperature < 60.0 && guard" }] });
const temperature = testTag(press.tags.length, "temperature", { name: "furnace/temperature", equipment: "furnace" });
const furnace = testPress({
  ...{ id: "furnace", local: "none", state: undefined, stop: undefined, emergencyStop: undefined },
  tags: [temperature],
});

function furnaceBesidePress() {
  const bench = new ControlBench({}, { equipment: [press, furnace], tags: [...press.tags, temperature] });
  bench.set("furnace/temperature", 871.5);
  return { ...bench.desk, conditions: new Conditions(bench.plant, compile) };
}

describe("why can I not?", () => {
  it.each<[string, Caller, readonly boolean[]]>([
    ["all machines", testCaller(), [true, true]],
    ["this machine alone", testCaller({ equipment: ["press"] }), [false, true]],
    [
      "this machine in his slot",
      testCaller({ role: "guest", slots: [{ equipment: "press", startMs: 0, endMs: Number.MAX_SAFE_INTEGER }] }),
      [false, true],
    ],
  ])("shows whoever sees %s the values of those machines alone", (_what, caller, seen) => {
    const order = orderOf(press, "press/speed", { value: 410 }) as Order;
    for (const ask of [why, dryRun]) {
      const text = JSON.stringify(ask(furnaceBesidePress(), caller, order));
      expect([text.includes("871.5"), text.includes('"tag":"press/guard"')]).toEqual(seen);
      expect(text).toContain('"truth":false');
    }
  });
});
