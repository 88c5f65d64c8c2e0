import { describe, expect, it } from "vitest";
import { configurationDifference } from "./difference.ts";

const speed = { id: "speed", label: { en: "Speed" }, range: [0, 600], unit: "1/min", formerly: [] };
const start = { id: "start", class: "C2" };
const press = { name: { en: "Press" }, area: null, tags: { speed }, commands: { start } };
const plc = { driver: "modbus", settings: { host: "10.0.0.5", port: 502 } };
const plant = {
  gateway: "lab",
  site: { id: "milan", name: "Milan" },
  server: { host: "127.0.0.1", port: 8080 },
  security: {},
  historian: { commitMs: 1000 },
  devices: { plc },
  equipment: { press },
};
const withPress = (more: object) => ({ ...plant, equipment: { press: { ...press, ...more } } });

/** What the comparison says in a line each: part, name, fate, and what about it. */
function told(after: unknown, before: unknown = plant): readonly string[] {
  return configurationDifference(before, after).map(
    ({ say, values }) => `${say.en}: ${Object.keys(values).sort().join(" ")}`,
  );
}

describe("the difference of two configurations", () => {
  it.each<[string, unknown, readonly string[]]>([
    ["nothing", structuredClone(plant), []],
    ["another order of what stands in it", Object.fromEntries(Object.entries(plant).reverse()), []],
    ["a name of the gateway", { ...plant, gateway: "hall" }, ["setting gateway changed: gateway"]],
    ["a setting", { ...plant, server: { ...plant.server, port: 80 } }, ["setting server changed: port"]],
    [
      "a device that came",
      { ...plant, devices: { plc, two: plc } },
      ["device two added: driver settings.host settings.port"],
    ],
    ["a device that went", { ...plant, devices: {} }, ["device plc removed: driver settings.host settings.port"]],
    [
      "a device at another host",
      { ...plant, devices: { plc: { ...plc, settings: { host: "b", port: 502 } } } },
      ["device plc changed: settings.host"],
    ],
    ["a machine's own word", withPress({ area: "hall" }), ["machine press changed: area"]],
    ["a tag", withPress({ tags: { speed: { ...speed, range: [0, 500] } } }), ["tag press/speed changed: range"]],
    ["a tag that came", withPress({ tags: { speed, heat: { id: "heat", unit: null } } }), ["tag press/heat added: id"]],
    ["a tag that went", withPress({ tags: {} }), ["tag press/speed removed: formerly id label.en range unit"]],
    [
      "a command",
      withPress({ commands: { start: { ...start, class: "C3" } } }),
      ["command press:start changed: class"],
    ],
    ["a machine that went", { ...plant, equipment: {} }, ["machine press removed: name.en"]],
  ])("names %s", (_what, after, lines) => {
    expect(told(after)).toEqual(lines);
  });

  it("calls a tag renamed that says what it was called, also at another machine, where that is gone", () => {
    const moved = { ...speed, id: "rpm", formerly: ["press/speed"] };
    expect(told(withPress({ tags: { rpm: moved } }))).toEqual(["tag press/rpm renamed, was press/speed: formerly id"]);
    const elsewhere = { ...plant, equipment: { oven: { ...press, tags: { rpm: moved } } } };
    const parts = configurationDifference(plant, elsewhere);
    expect(parts.map(({ name, fate, formerly, within }) => [name, fate, formerly, within])).toEqual([
      ["oven", "added", undefined, { tags: 1, commands: 1 }],
      ["oven/rpm", "renamed", "press/speed", undefined],
      ["press", "removed", undefined, { tags: 1, commands: 1 }],
    ]);
    expect(told(withPress({ tags: { speed, rpm: moved } }))).toEqual([
      "tag press/rpm added: formerly id label.en range unit",
    ]);
  });

  it("says it in both languages", () => {
    const says = configurationDifference(plant, { ...withPress({ tags: {} }), devices: {} }).map(({ say }) => say.it);
    expect(says).toEqual(["dispositivo plc rimosso", "variabile press/speed rimossa"]);
  });

  it("takes nothing as a configuration in which nothing stands", () => {
    expect(told({}, {})).toEqual([]);
    expect(told(plant, {})).toContain("machine press added: name.en");
    expect(told(plant, {})).toContain("setting server added: host port");
  });

  it("counts what is too long to be told", () => {
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`key${i}`, i]));
    const [part] = configurationDifference(plant, { ...plant, devices: { plc: { ...plc, settings: many } } });
    expect([Object.keys(part?.values ?? {}).length, part?.total]).toEqual([200, 302]);
  });
});
