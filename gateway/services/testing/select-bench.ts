import type { Caller } from "../../core/access/policy.ts";
import type { CommandRecord, RefusalCause } from "../../core/control/command.ts";
import type { DeclaredCommand, Equipment } from "../../core/plant.ts";
import { testCommand } from "../../core/testing/plant.ts";
import { ControlBench, testCaller } from "./control-bench.ts";

export const rossi = testCaller();
export const bianchi = testCaller({ userId: "u2", name: "Bianchi", signInId: "s2", role: "supervisor" });

/** A press that stands, with a start of class C2 (or what `more` makes of it), shown by `running`. */
export function selectBench(more: Partial<DeclaredCommand> = {}, press: Partial<Equipment> = {}): ControlBench {
  const start = testCommand("start", {
    do: [{ write: "recipe", value: 7 }],
    states: ["Stopped"],
    feedback: { when: "running", withinMs: 1000 },
    ...more,
  });
  const made = new ControlBench({ commands: [start], lease: "required", ...press });
  made.set("press/running", false);
  const follow = made.onWrite;
  made.onWrite = (tag, value) => {
    follow(tag, value);
    if (tag === "press/recipe") made.machine.set("press/running", true);
  };
  made.circumstances.holder = { signInId: "s1", name: "Rossi" };
  return made;
}

let keys = 0;
export async function select(
  on: ControlBench,
  more: { caller?: Caller; target?: string; value?: unknown; ticket?: string; key?: string } = {},
): Promise<CommandRecord> {
  const sent = on.commands.submit(more.caller ?? rossi, {
    target: more.target ?? "press:start",
    value: more.value,
    key: more.key ?? `select-${keys++}`,
    ticket: more.ticket ?? on.desk.tickets.current(),
    reason: undefined,
    waitMs: 5000,
  });
  // Looked at by the caller once time has moved on.
  sent.catch(() => undefined);
  await on.run(50);
  return sent;
}

export async function operate(
  on: ControlBench,
  id: string,
  more: { caller?: Caller; ticket?: string; value?: unknown; arguments?: Record<string, unknown> } = {},
): Promise<CommandRecord> {
  const ticket = more.ticket ?? on.desk.tickets.current();
  const sent = on.commands.operate(more.caller ?? rossi, id, {
    value: more.value,
    arguments: more.arguments,
    ticket,
    waitMs: 5000,
  });
  await on.run(2500);
  return sent;
}

export const causes = (record: CommandRecord): readonly RefusalCause[] => record.causes.map((each) => each.cause);
