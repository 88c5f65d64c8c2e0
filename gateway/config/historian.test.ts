import { describe, expect, it } from "vitest";
import { loadText, plantOf, press, problemsOf } from "./testing/configuration.ts";

const machine = press("tags: { speed: { device: plc, address: { cell: a }, type: double } }");
const withTarget = (target: string) => `${machine}historian:\n  targets:\n    plant-influx: ${target}\n`;
const url = "url: http://127.0.0.1:8086";

describe("a target of the historian", () => {
  it("needs a kind, an address and a database, the rest has defaults", async () => {
    const { plant } = await plantOf(withTarget(`{ kind: influx, ${url}, database: plant }`));
    expect(plant.historian.targets).toEqual([
      {
        id: "plant-influx",
        kind: "influx",
        url: "http://127.0.0.1:8086",
        database: "plant",
        credentials: undefined,
        retentionMs: undefined,
        tags: ["*"],
        measurement: "plancia",
        batchSamples: 5000,
        intervalMs: 1000,
        timeoutMs: 10_000,
      },
    ]);
  });

  it("takes its password from the environment, and all of it may come from there", async () => {
    const secret = { DB_SECRET: "hush" };
    const text = withTarget(`{ kind: influx, ${url}, database: p, user: u, password: "\${env:DB_SECRET}" }`);
    expect((await plantOf(text, secret)).plant.historian.targets[0]?.credentials).toEqual({
      user: "u",
      password: "hush",
    });
    const prefix = "PLANCIA__HISTORIAN__TARGETS__PLANT_INFLUX";
    const { plant } = await plantOf(machine, {
      [`${prefix}__KIND`]: "victoria-metrics",
      [`${prefix}__URL`]: "https://metrics.example/base",
      [`${prefix}__DATABASE`]: "p",
      [`${prefix}__BATCH`]: "100",
    });
    expect(plant.historian.targets[0]).toMatchObject({
      id: "plant_influx",
      kind: "victoria-metrics",
      url: "https://metrics.example/base",
      batchSamples: 100,
    });
  });

  it.each([
    [`{ kind: influx, database: p }`, "gateway.yaml:11:5: historian.targets.plant-influx.url: expected a URL such as"],
    [
      `{ kind: inflx, ${url}, database: p }`,
      'gateway.yaml:11:27: historian.targets.plant-influx.kind: expected one of influx, victoria-metrics – did you mean "influx"?',
    ],
    [`{ kind: influx, url: "ftp://a", database: p }`, 'expected a URL such as "http://127.0.0.1:8086"'],
    [`{ kind: influx, url: "http://u:p@a", database: p }`, "expected a URL without user and password"],
    [`{ kind: influx, url: "http://a/?db=p", database: p }`, "expected a URL without ? and #"],
    [`{ kind: influx, ${url}, database: "a\\\\b" }`, "expected a name without \\"],
    [`{ kind: influx, ${url}, database: p, user: u }`, "user and password, or neither"],
    [`{ kind: victoria-metrics, ${url}, database: p, retention: 30d }`, "plant-influx.retention: retention only with"],
    [`{ kind: influx, ${url}, database: p, retention: 10s }`, "expected a duration from 1h"],
    [`{ kind: influx, ${url}, database: p, batch: 0 }`, "plant-influx.batch: expected at least 1"],
    [`{ kind: influx, ${url}, databse: p }`, 'databse: unknown key – did you mean "database"?'],
    [`{ kind: influx, ${url}, database: p, tags: press/* }`, "plant-influx.tags: expected a list, not a text"],
    ["{}\n    Plant: {}", "historian.targets.Plant: expected an id of small letters"],
  ])("%s is refused with its place", async (target, expected) => {
    expect((await problemsOf(withTarget(target))).join("\n")).toContain(expected);
  });

  it("warns of a pattern that fits nothing", async () => {
    const loaded = await loadText(withTarget(`{ kind: influx, ${url}, database: p, tags: ["press/*", "pres/*"] }`));
    expect(loaded.ok).toBe(true);
    expect(loaded.warnings.map(({ text }) => text)).toContain('"pres/*" fits no recorded tag');
  });
});

describe("what the historian keeps", () => {
  const keeping = (lines: string) => `${machine}historian:\n${lines.replace(/^(?=.)/gm, "  ")}\n`;

  it("is everything where nothing is said", async () => {
    expect((await plantOf(machine)).plant.historian.retention).toEqual({
      groups: [],
      disk: { sizeBytes: undefined, freeBytes: undefined },
    });
  });

  it("is said by groups in their order, and by what the disk allows", async () => {
    const { plant } = await plantOf(
      keeping(
        "retention:\n  fast: { tags: [press/sp*], age: 30d, size: 2GiB }\n  rest: { age: 365d }\ndisk: { size: 50GB, free: 500MB }",
      ),
    );
    expect(plant.historian.retention).toEqual({
      groups: [
        { id: "fast", tags: ["press/sp*"], ageMs: 30 * 86_400_000, sizeBytes: 2 ** 31 },
        { id: "rest", tags: ["*"], ageMs: 365 * 86_400_000, sizeBytes: undefined },
      ],
      disk: { sizeBytes: 50e9, freeBytes: 500e6 },
    });
  });

  it.each([
    ["retention:\n  all: { tags: [press/*] }", "historian.retention.all: expected an age, a size, or both"],
    ["retention:\n  all: { age: 10min }", "retention.all.age: expected a duration from 1h to 36500d"],
    ["retention:\n  all: { size: 20 }", "retention.all.size: expected a size as text, such as"],
    ["retention:\n  all: { size: 20gb }", 'retention.all.size: expected a size such as "500MB", "20GB" or "2GiB"'],
    ["retention:\n  all: { size: 0.5MB }", "retention.all.size: expected a size from 1MB to 100TB"],
    ["retention:\n  all: { agee: 1d, size: 1GB }", 'retention.all.agee: unknown key – did you mean "age"?'],
    ["retention:\n  All: { age: 1d }", "historian.retention.All: expected an id of small letters"],
    ["retenion: {}", 'historian.retenion: unknown key – did you mean "retention"?'],
    ["disk: { size: 1MB }", "historian.disk.size: expected a size from 10MB to 100TB"],
  ])("%s is refused with its place", async (lines, expected) => {
    expect((await problemsOf(keeping(lines))).join("\n")).toContain(expected);
  });

  it("warns of what fits nothing, and of what comes too late", async () => {
    const { warnings } = await plantOf(
      keeping("retention:\n  one: { tags: [press/*, mill/*], age: 1d }\n  two: { tags: [press/speed], age: 2d }"),
    );
    expect(warnings.map(({ path, text }) => [path, text])).toEqual([
      ["historian.retention.one.tags[1]", '"mill/*" fits no recorded tag'],
      ["historian.retention.two", "holds nothing: all of its tags belong to groups before it"],
    ]);
  });
});
