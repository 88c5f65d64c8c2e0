import { describe, expect, it } from "vitest";
import type { Actions, Terminal } from "./actions.ts";
import { runProgram } from "./program.ts";
import { machineActions } from "./testing/machine-actions.ts";

/** Runs a command line; `answers` are what somebody types where one is asked. */
async function run(argv: readonly string[], answers: (string | undefined)[] = []) {
  const calls: unknown[][] = [];
  const note =
    (name: string) =>
    async (...args: unknown[]) => {
      calls.push([name, ...args.slice(1)]);
    };
  const out: string[] = [];
  const err: string[] = [];
  const terminal: Terminal = {
    out: (text) => out.push(text),
    err: (text) => err.push(text),
    readLine: async () => "",
    ask: async (question) => {
      out.push(question);
      return answers.shift();
    },
    askSecret: async () => undefined,
    pour: async () => undefined,
  };
  const code = await runProgram(argv, { version: "0.1.0", ...machineActions(note) } as unknown as Actions, terminal);
  return { code, calls, out: out.join("\n"), err: err.join("\n") };
}

const digest = "d".repeat(64);

describe("plancia config show", () => {
  it("lists what waits, from what to what, and what the machines stand in the way with", async () => {
    const { code, out, err } = await run(["config", "show"]);
    expect(code).toBe(0);
    expect(out).toMatch(/^press \(Press\): only what is listed waits$/m);
    expect(out).toMatch(/^TARGET +WHAT +ACCEPTED +CONFIGURED\npress\/speed +Limits +0 … 400 +0 … 500$/m);
    expect(out).toMatch(/^oven \(Oven\): no command but stop until it is accepted$/m);
    expect(out).toContain("plancia config accept");
    expect(err).toBe("plancia: The machine is in Execute");
  });

  it("steers no terminal with what stands in a configuration", async () => {
    expect((await run(["config", "show"])).out).not.toContain("\u001b");
  });

  it("says where nothing waits, and why", async () => {
    expect((await run(["config", "show", "--data", "quiet"])).out).toBe("nothing waits to be accepted");
    expect((await run(["config", "show", "--data", "fresh"])).out).toMatch(/the first start takes/);
  });

  it("gives JSON", async () => {
    const { out } = await run(["config", "show", "--json"]);
    expect(JSON.parse(out)).toMatchObject({ first: false, items: [{ equipment: "press", digest }, {}] });
  });
});

describe("plancia config diff", () => {
  it("tells thing by thing what changed, what it was and what it would be", async () => {
    const { code, out } = await run(["config", "diff"]);
    expect(code).toBe(0);
    expect(out).toMatch(/^tag press\/speed changed\n {2}range +\[0,600\] → \[0,500\]\n {2}unit +nothing → rpm/);
    expect(out).toMatch(
      /^ {2}… and 1 more\nmachine oven added \(4 tags, 2 commands\)\n2 different from the last start$/m,
    );
    expect(out).not.toContain("\u001b");
  });

  it("compares with another file, and says where nothing is different", async () => {
    expect((await run(["config", "diff", "new.yaml", "--against", "old.yaml"])).out).toMatch(
      /different from old.yaml$/,
    );
    expect(await run(["config", "diff", "--data", "quiet"])).toMatchObject({
      code: 0,
      out: "no difference from the last start",
    });
  });

  it("names every problem of a file that is not valid, and ends with 1", async () => {
    expect(await run(["config", "diff", "bad.yaml"])).toMatchObject({
      code: 1,
      out: "",
      err: "bad.yaml:3:5: expected a text",
    });
    const { code, out } = await run(["config", "diff", "bad.yaml", "--json"]);
    expect([code, JSON.parse(out).problems[0].line]).toEqual([1, 3]);
  });
});

describe("the versions of a configuration", () => {
  it("are listed with who, why and when they were started", async () => {
    const { out } = await run(["config", "versions"]);
    expect(out).toMatch(/^2 +1970-01-01T00:00:01.000Z +anna +not yet +- +faster/m);
    expect(out).toMatch(/^1 +1970-01-01T00:00:00.000Z +system:gateway +1970-01-01T00:00:00.000Z +2 secrets +-$/m);
    expect(out).not.toContain("\u001b");
    expect((await run(["config", "versions", "--data", "fresh"])).out).toMatch(/^no configuration was started/);
  });

  it("tell what each changed, or their text as it was written", async () => {
    expect((await run(["config", "versions", "2"])).out).toBe("tag press/speed added");
    expect((await run(["config", "versions", "1"])).out).toMatch(/nothing but its wording/);
    expect(JSON.parse((await run(["config", "versions", "1", "--json"])).out).text).toMatch(/# of the press/);
    expect(await run(["config", "versions", "last"])).toMatchObject({ code: 2, out: "" });
  });

  it("get one more by a valid file, with the reason", async () => {
    const { code, out, calls } = await run(["config", "save", "new.yaml", "--why", "more speed"]);
    expect([code, calls]).toEqual([0, [["saveConfig", "new.yaml", "more speed"]]]);
    expect(out).toBe("config/gateway.yaml is version 3 now; it takes effect at the next start of the gateway");
    expect((await run(["config", "save", "same.yaml"])).out).toBe("config/gateway.yaml says that already");
  });

  it("stay as they are where the file is not valid", async () => {
    const { code, err } = await run(["config", "save", "bad.yaml"]);
    expect([code, err]).toEqual([1, "bad.yaml:3:5: expected a text\nplancia: config/gateway.yaml was left as it is"]);
  });

  it("are gone back to, and what lay there is kept", async () => {
    const { out, calls } = await run(["config", "back", "1"]);
    expect(calls).toEqual([["backToConfig", 1, undefined]]);
    expect(out).toMatch(/^what lay there is kept in plant.yaml.before-3$/m);
  });
});

describe("plancia config accept", () => {
  it("shows the changes, then asks for the machine's id, then accepts exactly those", async () => {
    const { code, calls, out } = await run(["config", "accept", "press"], ["press"]);
    expect(code).toBe(0);
    expect(calls).toEqual([["acceptControl", "press", digest]]);
    expect(out.indexOf("0 … 500")).toBeLessThan(out.indexOf("Type press to accept this"));
    expect(out).toMatch(/accepted: press$/);
  });

  it.each(["", "y", "yes", "oven"])("takes %j for a no", async (typed) => {
    const { code, calls, err } = await run(["config", "accept", "press"], [typed]);
    expect([code, calls]).toEqual([1, []]);
    expect(err).toBe("plancia: still waits: press");
  });

  it("accepts nothing where nobody can be asked, but with --yes", async () => {
    const asked = await run(["config", "accept", "press"]);
    expect([asked.code, asked.calls]).toEqual([1, []]);
    expect(asked.err).toBe("plancia: no terminal to ask; --yes accepts what is shown");
    const told = await run(["config", "accept", "press", "--yes"]);
    expect([told.code, told.calls]).toEqual([0, [["acceptControl", "press", digest]]]);
    expect(told.out).toContain("0 … 500");
  });

  it("takes all machines without an id, and says which one cannot be accepted now", async () => {
    const { code, calls, err } = await run(["config", "accept", "--yes"]);
    expect([code, calls]).toEqual([1, [["acceptControl", "press", digest]]]);
    expect(err).toBe("plancia: The machine is in Execute\nplancia: still waits: oven");
  });

  it("says where there is nothing to accept", async () => {
    expect(await run(["config", "accept", "--data", "quiet"])).toMatchObject({ code: 0, calls: [] });
    expect(await run(["config", "accept", "press", "--data", "fresh"])).toMatchObject({ code: 0, calls: [] });
    const { code, err } = await run(["config", "accept", "lathe"]);
    expect([code, err]).toEqual([1, "plancia: nothing of lathe waits; plancia config show lists what does"]);
  });
});
