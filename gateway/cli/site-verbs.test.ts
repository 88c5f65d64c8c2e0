import { describe, expect, it } from "vitest";
import type { Actions, Terminal } from "./actions.ts";
import { runProgram } from "./program.ts";
import { machineActions } from "./testing/machine-actions.ts";

/** Runs a command line; `answers` are what somebody types where one is asked. */
async function run(argv: readonly string[], options: { input?: string; answers?: string[] } = {}) {
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
    readLine: async () => options.input ?? "",
    ask: async () => options.answers?.shift(),
    askSecret: async () => options.answers?.shift(),
    pour: async () => undefined,
  };
  const code = await runProgram(argv, { version: "0.1.0", ...machineActions(note) } as unknown as Actions, terminal);
  return { code, calls, out: out.join("\n"), err: err.join("\n") };
}

describe("what the people at the site set", () => {
  it.each([
    [
      ["island", "on"],
      ["islandOn", undefined],
    ],
    [
      ["island", "on", "press"],
      ["islandOn", "press"],
    ],
    [
      ["island", "off"],
      ["islandOff", undefined],
    ],
    [
      ["island", "off", "press"],
      ["islandOff", "press"],
    ],
    [
      ["lock-out", "add", "press", "--person", "Anna Rossi", "--reason", "belt"],
      ["addLockOut", { equipment: "press", person: "Anna Rossi", reason: "belt" }],
    ],
    [
      ["lock-out", "remove", "l1", "--person", "Anna Rossi"],
      ["removeLockOut", "l1", "Anna Rossi"],
    ],
    [
      ["kiosk", "add", "press", "--name", "Press panel"],
      ["addKiosk", { equipment: "press", name: "Press panel", url: undefined }],
    ],
    [
      ["kiosk", "add", "press", "--name", "P", "--url", "http://10.0.0.5:8080"],
      ["addKiosk", { equipment: "press", name: "P", url: "http://10.0.0.5:8080" }],
    ],
    [
      ["kiosk", "remove", "k1"],
      ["removeKiosk", "k1"],
    ],
  ])("%j does what it says", async (argv, expected) => {
    const { code, calls } = await run(argv);
    expect([code, calls]).toEqual([0, [expected]]);
  });

  it.each([
    [["island"], "Usage"],
    [["island", "on", "press", "oven"], "too many arguments"],
    [["lock-out", "add", "press"], "required option '--person"],
    [["lock-out", "add", "--person", "anna"], "missing required argument"],
    [["lock-out", "remove", "l1"], "required option '--person"],
    [["kiosk", "add", "press"], "required option '--name"],
    [["kiosk", "add", "press", "--name", "P", "--url", "10.0.0.5"], "http://192.168.1.20:8080"],
    [["user", "pin"], "missing required argument"],
  ])("%j ends with exit code 2 and says why", async (argv, words) => {
    const { code, err, calls } = await run(argv);
    expect([code, calls]).toEqual([2, []]);
    expect(err).toContain(words);
  });

  it("says what stays cut off", async () => {
    expect((await run(["island", "off"])).out).toBe("island off: the whole site\nstill cut off: oven");
  });

  it("says how a lock is lifted again", async () => {
    expect((await run(["lock-out", "add", "press", "--person", "Anna Rossi"])).out).toBe(
      "locked out: press, by Anna Rossi\nlift it with: plancia lock-out remove l1 --person 'Anna Rossi'",
    );
  });

  it("prints the link of a kiosk once, and lists have none", async () => {
    expect((await run(["kiosk", "add", "press", "--name", "P"])).out).toMatch(
      /single use, 15 minutes\):\nhttp:\/\/box:8080\/#\/kiosk\?secret=s$/,
    );
    const listed = await run(["kiosk", "list"]);
    expect(listed.out).toContain("not yet");
    expect(listed.out).not.toContain("secret");
  });

  it.each([
    [["island", "list"], /^CUT OFF +BY +SINCE\nthe whole site +anna +1970-01-01T00:00:00.000Z$/],
    [["lock-out", "list"], /^ID +EQUIPMENT +PERSON +SINCE +REASON\nl1 +press +Anna Rossi +1970\S+ +belt$/],
    [["kiosk", "list"], /^ID +NAME +EQUIPMENT +ADDED +ENROLLED\nk1 +Press panel +press +1970\S+ +not yet$/],
  ])("%j is a table, and JSON where asked", async (argv, rows) => {
    expect((await run(argv)).out).toMatch(rows);
    expect(JSON.parse((await run([...argv, "--json"])).out)).toHaveLength(1);
  });

  it("reads a PIN from standard input, or asks twice, and never prints it", async () => {
    const piped = await run(["user", "pin", "anna", "--pin-stdin"], { input: "482915" });
    expect([piped.code, piped.calls, piped.out]).toEqual([0, [["setPin", "anna", "482915"]], "PIN of anna changed"]);
    const typed = await run(["user", "pin", "anna"], { answers: ["482915", "482915"] });
    expect(typed.calls).toEqual([["setPin", "anna", "482915"]]);
    const slipped = await run(["user", "pin", "anna"], { answers: ["482915", "482916"] });
    expect([slipped.code, slipped.calls, slipped.err]).toEqual([
      1,
      [],
      "plancia: the two PINs differ; nothing was changed",
    ]);
    const nobody = await run(["user", "pin", "anna"]);
    expect([nobody.code, nobody.err]).toEqual([1, "plancia: no terminal to ask for the PIN; give it with --pin-stdin"]);
  });
});
