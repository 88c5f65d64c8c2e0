import { describe, expect, it } from "vitest";
import { press, problemsOf } from "./testing/configuration.ts";

const cell = (id: string, type: string, more = "") =>
  `  ${id}: { device: plc, address: { cell: ${id} }, type: ${type}${more} }`;
const packml = "state: { tag: state, model: packml }";
const table =
  'state: [{ state: Aborted, when: fault }, { state: Execute, when: "running || temperature > 50.0" }, { state: Stopped, when: "!running" }]';

/** A machine whose commands alone differ. */
function machine(commands: string, more: { state?: string; tags?: string; loss?: string } = {}): string {
  return press(
    [
      more.state ?? packml,
      "local: none",
      more.loss ?? "onLossOfControl: { policy: continue }",
      'stop: { do: [{ write: stop_request, value: true }], feedback: { when: "state == 2" } }',
      commands,
      "tags:",
      cell("state", "int32"),
      cell("loaded", "int32"),
      cell("fault", "boolean"),
      cell("running", "boolean"),
      cell("temperature", "double"),
      cell("lamp", "boolean", ", writable: { class: C1 }"),
      cell("recipe", "int32", ", writable: { class: C2, only: commands }"),
      cell("command", "int32", ", writable: { class: C2, only: commands }"),
      cell("stop_request", "boolean", ", writable: { class: C1, only: commands }"),
      "  recipe_again: { device: plc, address: { cell: recipe }, type: int32 }",
      ...(more.tags === undefined ? [] : [more.tags]),
    ].join("\n"),
  );
}

const load = (when: string, commandClass = "C2") =>
  machine(
    `commands: { load: { class: ${commandClass}, arguments: { n: { type: int32, limits: [1, 12] } }, do: [{ write: recipe, argument: n }], feedback: { when: '${when}' } } }`,
  );

const shown = "this can come true without the machine";

describe("the effect of a C2 or C3 command is shown by the machine (R7)", () => {
  it.each([
    ["the tag that it writes", "recipe == args.n"],
    ["the same register under another name", "recipe_again == args.n"],
    ["another tag that is written from afar", "recipe == args.n && lamp"],
    ["nothing at all", "args.n > 0"],
    ["the tag that it writes, or the machine", "recipe == args.n || loaded == args.n"],
    ["what is not so, taken apart", "!(recipe != args.n && loaded != args.n)"],
  ])("refused with %s", async (_name, when) => {
    for (const each of ["C2", "C3"]) {
      const [problem, ...more] = await problemsOf(load(when, each));
      expect(problem).toMatch(
        /^gateway\.yaml:\d+:\d+: equipment\.press\.commands\.load\.feedback\.when: class C[23]: /,
      );
      expect(problem).toContain(shown);
      expect(more).toEqual([]);
    }
  });

  it.each([
    ["what the machine has loaded", "loaded == args.n"],
    ["both of them", "recipe == args.n && loaded == args.n"],
    ["both of them, taken apart", "!(recipe != args.n || loaded != args.n)"],
    ["either of two signals of the machine", "loaded == args.n || temperature > 1.0"],
  ])("taken with %s", async (_name, when) => {
    expect(await problemsOf(load(when))).toEqual([]);
  });

  it("holds for a tag that is written by itself, and asks nothing of class C1", async () => {
    const own = cell("limit", "double", `, writable: { class: C2, limits: [0, 9], feedback: { when: "limit > 1.0" } }`);
    expect((await problemsOf(machine("", { tags: own }))).join()).toContain(
      `tags.limit.writable.feedback.when: class C2: `,
    );
    const routine = own.replace("class: C2", "class: C1");
    expect(await problemsOf(machine("", { tags: routine }))).toEqual([]);
  });

  it("holds for the stop too, part by part (R10)", async () => {
    const stop = machine("").replace('"state == 2"', '"stop_request || state == 2"');
    expect((await problemsOf(stop)).join()).toContain("stop.feedback.when: shows only what the stop itself writes");
  });
});

describe("a start is of class C2 at least", () => {
  const go = (when: string, more: string, state = packml) =>
    machine(
      `commands: { go: { class: C1, do: [{ write: command, value: 2 }], ${more} feedback: { when: '${when}' } } }`,
      {
        state,
      },
    );

  it.each([
    ["ends in Execute", "state == 6", "states: [Idle],", packml],
    ["ends on the way there", "state == 3", "states: [Idle],", packml],
    ["may be given anywhere", "state == 6", "", packml],
    ["may end anywhere but where it began", "state != 11", "states: [Held],", packml],
    ["may end in Execute among others", "state == 4 || state == 6", "states: [Stopped],", packml],
    ["ends where the table says Execute", "running", "states: [Stopped],", table],
    ["ends where a number of the table says Execute", "temperature > 60.0", "states: [Stopped],", table],
  ])("refused: what %s", async (_name, when, more, state) => {
    expect(await problemsOf(go(when, more, state))).toEqual([
      expect.stringMatching(
        /^gateway\.yaml:\d+:\d+: equipment\.press\.commands\.go\.feedback\.when: go may end in Execute/,
      ),
    ]);
  });

  it.each([
    ["holds", "state == 10 || state == 11", "states: [Execute],", packml],
    ["holds, wherever it is given", "state == 11", "", packml],
    ["changes something while it runs", "state == 6 && lamp", "states: [Execute],", packml],
    ["has nothing to do with the state", "lamp", "", packml],
    ["has nothing to do with the table", "lamp && !fault", "", table],
    ["stops", "!running && temperature < 50.0", "", table],
  ])("taken: what %s", async (_name, when, more, state) => {
    expect(await problemsOf(go(when, more, state))).toEqual([]);
  });

  it("is not given under a second name", async () => {
    const both = machine(
      'commands: { start: { class: C2, do: [{ write: command, value: 2 }], feedback: { when: "state == 6" } }, blink: { class: C1, do: [{ write: command, value: 2 }], feedback: { when: "state == 2" } } }',
    );
    expect(await problemsOf(both)).toEqual([
      expect.stringContaining("commands.blink.class: does the same as start, which is of class C2"),
    ]);
  });

  it("runs under no loss policy (R14)", async () => {
    const away = machine(
      'commands: { unhold: { class: C2, do: [{ write: command, value: 5 }], states: [Held], feedback: { when: "state == 6" } } }',
      { loss: "onLossOfControl: { policy: hold, command: unhold }" },
    );
    expect(await problemsOf(away)).toEqual([
      expect.stringContaining("onLossOfControl.command: unhold may end in Execute; nothing starts"),
    ]);
  });
});

describe("class C3 asks a second person (R42)", () => {
  const hot = (approval: string, limits = "limits: [0, 100]") =>
    machine(
      `commands: { hot: { class: C3, arguments: { n: { type: int32, ${limits} } }, do: [{ write: recipe, argument: n }], approval: ${approval}, feedback: { when: "loaded == args.n" } } }`,
    );

  it.each([
    ["everything", hot("{ preApproved: any }")],
    ["all its limits", hot("{ preApproved: [0, 100] }")],
    ["more than its limits", hot("{ preApproved: [-5, 500] }")],
    ["all its values", hot("{ preApproved: [1, 3] }", "values: [1, 2, 3]")],
  ])("refused where %s is approved beforehand", async (_name, text) => {
    expect(await problemsOf(text)).toEqual([
      expect.stringMatching(
        /^gateway\.yaml:\d+:\d+: equipment\.press\.commands\.hot\.approval\.preApproved: class C3 always/,
      ),
    ]);
  });

  it("refused for a tag in the same way", async () => {
    const tag = cell(
      "limit",
      "double",
      `, writable: { class: C3, limits: [0, 9], approval: { preApproved: any }, feedback: { when: "loaded == 1" } }`,
    );
    expect((await problemsOf(machine("", { tags: tag }))).join()).toContain(
      "tags.limit.writable.approval.preApproved: class C3 always",
    );
  });

  it.each([["{ preApproved: [1, 4] }"], ["{ required: true }"]])("taken with %s", async (approval) => {
    expect(await problemsOf(hot(approval))).toEqual([]);
  });
});
