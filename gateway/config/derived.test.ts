import { describe, expect, it } from "vitest";
import { header, plantOf, press, problemsOf } from "./testing/configuration.ts";

const cell = (id: string, type: string, more = "") =>
  `  ${id}: { device: plc, address: { cell: ${id} }, type: ${type}${more} }`;
const base = [cell("power", "double"), cell("good", "uint32"), cell("running", "boolean"), cell("recipe", "string")];
/** The lines of a machine with these derived tags. */
const tags = (...lines: readonly string[]) => press(["tags:", ...base, ...lines.map((line) => `  ${line}`)].join("\n"));

describe("a derived tag", () => {
  it("says what it reads, and what it stands on in the end, with the slowest of their periods", async () => {
    const { plant } = await plantOf(
      tags(
        "twice: { expression: 'power * 2.0', unit: kW, name: { en: Twice, it: Doppio } }",
        "four: { expression: 'twice * 2.0 + double(good)' }",
        "slow: { device: plc, address: { cell: slow }, type: double, interval: 5s }",
        "both: { expression: 'slow + four' }",
      ),
    );
    const of = (id: string) => plant.tags.find((tag) => tag.id === id);
    expect(of("four")?.derived).toEqual({
      expression: "twice * 2.0 + double(good)",
      over: undefined,
      inputs: ["press/twice", "press/good"],
      roots: ["press/power", "press/good"],
    });
    expect(of("twice")).toMatchObject({
      type: "double",
      device: "",
      unit: "kW",
      writable: undefined,
      intervalMs: 1000,
    });
    expect(of("both")?.intervalMs).toBe(5000);
  });

  it("may read the tags of another machine", async () => {
    const more = "  oven:\n    tags:\n      half: { expression: 'press.power / 2.0' }\n";
    const { plant } = await plantOf(tags() + more);
    expect(plant.tags.find((tag) => tag.name === "oven/half")?.derived?.roots).toEqual(["press/power"]);
  });

  it("has its units of time and its shifts", async () => {
    const text = tags(
      "energy: { expression: power, over: { function: integral, each: shift } }",
      "run: { expression: running, over: { function: runningTime, timeUnit: min } }",
    ).replace("name: Lab", "name: Lab, shifts: ['06:00', '14:00', '22:00']");
    const { plant } = await plantOf(text);
    expect(plant.site.shifts).toEqual(["06:00", "14:00", "22:00"]);
    expect(plant.tags.flatMap((tag) => tag.derived?.over ?? [])).toEqual([
      { function: "integral", each: "shift", timeUnitMs: 3_600_000, rollOver: undefined, percentGood: 99 },
      { function: "runningTime", each: "day", timeUnitMs: 60_000, rollOver: undefined, percentGood: 99 },
    ]);
  });

  it.each<[string, string, RegExp]>([
    [
      "an unknown name",
      "x: { expression: 'powr * 2.0' }",
      /^gateway\.yaml:13:24: equipment\.press\.tags\.x\.expression: "press" has no tag "powr" – did you mean "power"\? \(at character 1 of /,
    ],
    ["what does not parse", "x: { expression: 'power +' }", /ends too early \(at character 8 of/],
    ["a wrong type", "x: { expression: 'power + recipe' }", /no such overload: double \+ string/],
    [
      "true or false as a number",
      "x: { expression: 'power > 2.0' }",
      /gives true or false, and the tag is double; type: boolean is right/,
    ],
    [
      "a fraction as a whole number",
      "x: { expression: power, type: int32 }",
      /gives a number, and the tag is int32; type: double is right/,
    ],
    ["a text as a number", "x: { expression: recipe }", /gives a text, and the tag is double; type: string is right/],
    ["nothing that is read", "x: { expression: '1.0 + 1.0' }", /reads no tag/],
    ["itself", "x: { expression: x }", /goes round in a circle: press\/x → press\/x/],
    [
      "an integral of a condition",
      "x: { expression: running, over: { function: integral } }",
      /gives true or false; integral needs a number/,
    ],
    [
      "a running time of a number",
      "x: { expression: power, over: { function: runningTime } }",
      /gives a number; runningTime needs a condition/,
    ],
    [
      "a shift where there are none",
      "x: { expression: power, over: { function: maximum, each: shift } }",
      /over\.each: shift needs site\.shifts/,
    ],
    [
      "a roll-over of an integral",
      "x: { expression: power, over: { function: integral, rollOver: 9 } }",
      /rollOver: is of total/,
    ],
    [
      "a unit of time of a total",
      "x: { expression: good, over: { function: total, timeUnit: h } }",
      /timeUnit: is of integral and runningTime/,
    ],
    [
      "another type over time",
      "x: { expression: good, type: int64, over: { function: total } }",
      /type: what comes of over is a double/,
    ],
    ["a device", "x: { expression: power, device: plc }", /device: is of a tag that a device has/],
    ["writing", "x: { expression: power, writable: { class: C1 } }", /writable: a derived tag is never writable/],
    ["an unknown function", "x: { expression: power, over: { function: sum } }", /over\.function/],
    ["an unknown key", "x: { expression: power, unti: kW }", /unti: unknown key – did you mean "unit"/],
    ["a range of a text", "x: { expression: recipe, type: string, range: [0, 1] }", /range: is for numbers only/],
  ])("refuses %s", async (_what, line, problem) => {
    const problems = await problemsOf(tags(line));
    expect(problems).not.toEqual([]);
    expect(problems[0]).toMatch(problem);
  });

  it("names each circle once, with every tag of it", async () => {
    const problems = await problemsOf(
      tags("a: { expression: 'c + power' }", "b: { expression: a }", "c: { expression: b }", "d: { expression: a }"),
    );
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain("goes round in a circle: press/a → press/c → press/b → press/a");
  });

  it("refuses times of day that are none, or that stand there twice", async () => {
    for (const shifts of ["['24:00']", "['6:00']", "['06:00', '06:00']", "[]"]) {
      const [problem] = await problemsOf(tags().replace("name: Lab", `name: Lab, shifts: ${shifts}`));
      expect(problem).toMatch(/site\.shifts/);
    }
  });

  it("is not computed more often than the gateway has time for", async () => {
    const fast = header.replace("host: a }", "host: a, interval: 10ms }");
    const many = Array.from({ length: 501 }, (_, i) => `      t${i}: { expression: power + ${i}.0 }`).join("\n");
    const machine = `equipment:\n  press:\n    tags:\n    ${cell("power", "double")}\n${many}\n`;
    const [problem] = await problemsOf(fast + machine);
    expect(problem).toMatch(/derived tags may be computed 50100 times a second; at most 50000/);
    const [, ...fewer] = many.split("\n");
    expect(await problemsOf(fast + machine.replace(many, fewer.join("\n")))).toEqual([]);
  });
});

const commanded = (more: readonly string[], lines: readonly string[] = []) =>
  press(
    [
      "state: { tag: state, model: packml }",
      "local: none",
      "onLossOfControl: { policy: continue }",
      'stop: { do: [{ write: stop_request, value: true }], feedback: { when: "state == 2" } }',
      ...lines,
      "tags:",
      cell("state", "int32"),
      cell("loaded", "int32"),
      cell("key", "boolean"),
      cell("recipe", "int32", ", writable: { class: C2, only: commands }"),
      cell("lamp", "boolean", ", writable: { class: C1 }"),
      cell("stop_request", "boolean", ", writable: { class: C1, only: commands }"),
      ...more.map((line) => `  ${line}`),
    ].join("\n"),
  );

const load = (when: string, of = "C2") =>
  `commands: { load: { class: ${of}, arguments: { n: { type: int32, limits: [1, 12] } }, do: [{ write: recipe, argument: n }], feedback: { when: '${when}' } } }`;

describe("what proves, permits or stops does not weaken through a derived tag", () => {
  const again = "again: { expression: recipe, type: int32 }";
  const mixed = "mixed: { expression: 'loaded + recipe - recipe', type: int32 }";
  const shown = "shown: { expression: loaded, type: int32 }";
  const lit = "lit: { expression: lamp, type: boolean }";
  const counted = "counted: { expression: loaded, over: { function: maximum } }";
  it.each<[string, readonly string[], readonly string[], RegExp]>([
    ["proof by what was written (R7)", [again], [load("again == args.n")], /can come true without the machine/],
    ["proof by anything that is written (R7)", [mixed], [load("mixed == args.n")], /can come true without the machine/],
    [
      "proof by what was counted (R7)",
      [counted],
      [load("counted == double(args.n)")],
      /press\/counted is computed over time/,
    ],
    [
      "a count at two removes",
      [counted, "twice: { expression: counted }"],
      [load("twice == double(args.n)")],
      /press\/counted is computed over time/,
    ],
    [
      "a permit that is written (R20)",
      [lit],
      [load("loaded == args.n").replace("class: C2", "class: C2, permit: lit")],
      /lamp can be written; a start permit/,
    ],
    [
      "a key that is written (R39)",
      [lit],
      ["local: { tag: lit, remote: true }"],
      /lamp can be written; the key is only ever read/,
    ],
    ["a chain that is written (R20)", [lit], ["emergencyStop: { tag: lit }"], /lamp can be written; the real chain/],
    [
      "a state that is computed (R6)",
      ["number: { expression: state, type: int32 }"],
      ["state: { tag: number, model: packml }"],
      /state\.tag: is computed; a table of conditions can read it/,
    ],
    [
      "a stop that shows what it writes (R10)",
      ["asked: { expression: stop_request, type: boolean }"],
      ['stop: { do: [{ write: stop_request, value: true }], feedback: { when: "asked" } }'],
      /shows only what the stop itself writes/,
    ],
    [
      "a start in disguise (R6)",
      ["runs: { expression: 'state == 6', type: boolean }"],
      ["commands: { go: { class: C1, do: [{ write: stop_request, value: false }], feedback: { when: runs } } }"],
      /go may end in Execute/,
    ],
  ])("refuses %s", async (_what, more, lines, problem) => {
    const keys = new Set(lines.map((line) => line.slice(0, line.indexOf(":"))));
    const text = commanded(more, lines)
      .split("\n")
      .filter((line, i, all) => {
        const key = line.trim().split(":")[0] ?? "";
        return (
          !keys.has(key) || !/^ {4}\S/.test(line) || all.findLastIndex((each) => each.startsWith(`    ${key}:`)) === i
        );
      })
      .join("\n");
    expect((await problemsOf(text)).join("\n")).toMatch(problem);
  });

  it("allows a proof by what is computed from the machine alone", async () => {
    expect(await problemsOf(commanded([shown], [load("shown == args.n")]))).toEqual([]);
  });

  it("sees that a computed proof cannot hold in Execute", async () => {
    const go =
      "commands: { rest: { class: C1, states: [Execute], do: [{ write: stop_request, value: true }], feedback: { when: rests } } }";
    expect(await problemsOf(commanded(["rests: { expression: 'state == 11', type: boolean }"], [go]))).toEqual([]);
  });
});
