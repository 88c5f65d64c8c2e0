import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { OrderError, readOrders } from "./orders.ts";
import { demoPlants } from "./plants/plant-table.ts";

const folder = mkdtempSync(join(tmpdir(), "simulators-"));
afterAll(() => rmSync(folder, { recursive: true }));

function written(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe("the command line", () => {
  it("starts the demo where nothing is said, on the ports of the demo's configuration", () => {
    expect(readOrders([])).toEqual({ plants: demoPlants, endWithStdin: false });
    expect(demoPlants).toMatchObject([
      { plant: "furnace", modbusPort: 5020, faultPort: 5921 },
      { plant: "hall", mqttPort: 18_830, faultPort: 5924 },
      { plant: "filling-line", opcuaPort: 4840, faultPort: 5922 },
      { plant: "milling-machine", opcuaPort: 4841, modbusPort: 5021, faultPort: 5923, brokerOf: "hall" },
    ]);
  });

  it("takes any free ports instead", () => {
    const { plants } = readOrders(["--plant", "demo", "--any-ports"]);
    const ports = plants.flatMap((plant) => Object.entries(plant).filter(([option]) => option.endsWith("Port")));
    expect(ports).toHaveLength(9);
    expect(ports.every(([, port]) => port === 0)).toBe(true);
  });

  it("starts only what is asked of the demo", () => {
    expect(readOrders(["--only", "hall, furnace"]).plants.map(({ plant }) => plant)).toEqual(["furnace", "hall"]);
  });

  it("gives certificates and log-in to the plants that take them", () => {
    const argv = ["--pki", "/srv/pki", "--trust", "/srv/gateway.der", "--user", "demo", "--password", "secret"];
    const login = { user: "demo", password: "secret" };
    const [furnace, hall, line, mill] = readOrders(argv).plants;
    expect(furnace).toEqual(demoPlants[0]);
    expect(hall).toEqual({ ...demoPlants[1], ...login });
    expect(line).toEqual({
      ...demoPlants[2],
      ...login,
      pki: join("/srv/pki", "filling-line"),
      trust: ["/srv/gateway.der"],
    });
    expect(mill).toMatchObject({ pki: join("/srv/pki", "milling-machine"), ...login });
  });

  it("passes options to one plant", () => {
    const argv = ["--plant", "scale", "--registers", "1000", "--units", "10", "--modbus-port", "0", "--end-with-stdin"];
    expect(readOrders(argv)).toEqual({
      plants: [{ plant: "scale", registers: 1000, units: 10, modbusPort: 0 }],
      endWithStdin: true,
    });
  });

  it("reads plants from a file, YAML or JSON", () => {
    const yaml = written("plants.yaml", "plants:\n  - { plant: furnace, modbusPort: 0, seed: 4 }\n");
    const json = written("plants.json", '{"plants":[{"plant":"furnace","modbusPort":0,"seed":4}]}');
    const expected = [{ plant: "furnace", modbusPort: 0, seed: 4 }];
    expect(readOrders(["--file", yaml]).plants).toEqual(expected);
    expect(readOrders(["--file", json]).plants).toEqual(expected);
  });

  it.each([
    ["an unknown flag", ["--plan"]],
    ["an unknown plant", ["--plant", "toString"]],
    ["a port that is no number", ["--plant", "furnace", "--modbus-port", "abc"]],
    ["an empty number", ["--plant", "furnace", "--seed", ""]],
    ["options for the whole demo", ["--modbus-port", "0"]],
    ["a part that the demo does not have", ["--only", "furnace,scale"]],
    ["a part of something else", ["--plant", "hall", "--only", "hall"]],
    ["a file that is not there", ["--file", join(folder, "nothing.yaml")]],
    ["a file without plants", ["--file", written("empty.yaml", "plants: []\n")]],
    ["a file that is no YAML", ["--file", written("broken.yaml", "plants: [\n")]],
  ])("refuses %s in one line", (_, argv) => {
    expect(() => readOrders(argv)).toThrow(OrderError);
    expect(() => readOrders(argv)).toThrow(/^[^\n]+$/);
  });
});
