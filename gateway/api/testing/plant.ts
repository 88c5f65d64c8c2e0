import type { Equipment, Plant } from "../../core/plant.ts";
import { pressTags, testPlant, testPress, testTag, testWritable } from "../../core/testing/plant.ts";
import { textOf } from "../../core/text.ts";

/** Two machines on two devices: a press with everything, and an oven that somebody else may have booked. */
export function twoMachines(more: Partial<Plant> = {}): Plant {
  const handle = pressTags.length;
  const ovenTags = [
    testTag(handle, "temperature", { name: "oven/temperature", equipment: "oven", device: "oven-plc", unit: "°C" }),
    testTag(handle + 1, "setpoint", {
      name: "oven/setpoint",
      equipment: "oven",
      device: "oven-plc",
      writable: testWritable({ limits: [0, 1000] }),
    }),
    testTag(handle + 2, "running", { name: "oven/running", equipment: "oven", device: "oven-plc", type: "boolean" }),
    testTag(handle + 3, "note", { name: "oven/note", equipment: "oven", device: "oven-plc", type: "string" }),
    testTag(handle + 4, "count", { name: "oven/count", equipment: "oven", device: "oven-plc", type: "int64" }),
    testTag(handle + 5, "halt", {
      name: "oven/halt",
      equipment: "oven",
      device: "oven-plc",
      type: "boolean",
      writable: testWritable({ only: "commands" }),
    }),
  ];
  const oven: Equipment = testPress({
    id: "oven",
    name: textOf("Oven"),
    local: "none",
    bookable: true,
    stop: { do: [{ write: "halt", value: true }], feedback: { when: "!running", withinMs: 3000 } },
    highlights: ["temperature"],
    tags: ovenTags,
  });
  const press = testPress();
  const device = { driver: "bench", settings: {}, intervalMs: 100 };
  return testPlant({
    devices: [
      { ...device, id: "plc", name: textOf("PLC"), channel: "a" },
      { ...device, id: "oven-plc", name: textOf("Oven PLC"), channel: "b" },
    ],
    equipment: [press, oven],
    tags: [...press.tags, ...ovenTags],
    ...more,
  });
}
