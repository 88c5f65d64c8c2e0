import { describe, expect, it } from "vitest";
import type { Caller } from "../../core/access/policy.ts";
import { pressTags } from "../../core/testing/plant.ts";
import type { ControlBench } from "../testing/control-bench.ts";
import { selectBench as bench, bianchi, causes, operate, rossi, select } from "../testing/select-bench.ts";

let keys = 0;

describe("R42: four eyes", () => {
  const approving = { class: "C3" as const, approval: { required: true, preApproved: undefined } };

  it("waits for another person, and only then lets whoever asked operate", async () => {
    const on = bench(approving);
    const pending = await select(on);
    expect(pending).toMatchObject({ state: "PENDING_APPROVAL", approveBefore: expect.any(Number) });
    expect(causes(await operate(on, pending.id))).toEqual(["approval-missing"]);
    expect(
      causes(await on.commands.approve({ ...rossi, role: "supervisor" }, pending.id, on.desk.tickets.current())),
    ).toEqual(["no-permission"]);
    const approved = await on.commands.approve(bianchi, pending.id, on.desk.tickets.current());
    expect(approved).toMatchObject({ state: "SELECTED", approval: { userName: "Bianchi" } });
    expect(on.writes).toEqual([]);
    expect((await operate(on, pending.id)).state).toBe("VERIFIED");
    expect(causes(await on.commands.approve(bianchi, pending.id, on.desk.tickets.current()))).toContain(
      "approval-expired",
    );
  });

  it.each<[string, (on: ControlBench) => void]>([
    [
      "is not signed in any more",
      (on) => {
        on.today = (caller) => (caller.userId === bianchi.userId ? undefined : caller);
      },
    ],
    [
      "has another role",
      (on) => {
        on.today = (caller) => (caller.userId === bianchi.userId ? { ...caller, role: "operator" } : caller);
      },
    ],
  ])("is not given by somebody who %s once it is on the record", async (_what, happens) => {
    const on = bench(approving);
    const { id } = await select(on);
    const push = on.audit.push.bind(on.audit);
    on.audit.push = (...entries) => {
      if (entries[0]?.action === "command.approved") happens(on);
      return push(...entries);
    };
    expect(causes(await on.commands.approve(bianchi, id, on.desk.tickets.current()))).toEqual(["approval-expired"]);
    on.today = (caller) => caller;
    expect(causes(await operate(on, id))).toEqual(["approval-missing"]);
    expect(on.writes).toEqual([]);
  });

  describe.each<[string, (caller: Caller) => Caller | undefined]>([
    ["is not signed in any more", () => undefined],
    ["has another role", (caller) => ({ ...caller, role: "operator" })],
    ["has this machine no more", (caller) => ({ ...caller, equipment: [] })],
  ])("by somebody who %s", (_what, lost) => {
    const loses = (on: ControlBench) => {
      on.today = (caller) => (caller.userId === bianchi.userId ? lost(caller) : caller);
    };

    it("does not count at the operate (R5, R42)", async () => {
      const on = bench(approving);
      const { id } = await select(on);
      await on.commands.approve(bianchi, id, on.desk.tickets.current());
      loses(on);
      expect(causes(await operate(on, id))).toEqual(["approval-missing"]);
      expect(on.writes).toEqual([]);
    });

    it("does not count right before the write, while the intent is recorded (R5, R42)", async () => {
      const on = bench(approving);
      const { id } = await select(on);
      await on.commands.approve(bianchi, id, on.desk.tickets.current());
      const push = on.audit.push.bind(on.audit);
      let recorded = 0;
      on.audit.push = (...entries) => {
        recorded += 1;
        loses(on);
        return push(...entries);
      };
      expect(causes(await operate(on, id))).toEqual(["approval-missing"]);
      expect(recorded).toBeGreaterThan(0);
      expect(on.writes).toEqual([]);
    });
  });

  it("lives 120 s; an approved one 30 s from the approval", async () => {
    const on = bench(approving);
    const late = await select(on);
    await on.run(120_100);
    expect(await on.commands.get(rossi, late.id)).toMatchObject({
      state: "EXPIRED",
      causes: [{ cause: "approval-expired" }],
    });
    const { id } = await select(on);
    await on.run(100_000);
    await on.commands.approve(bianchi, id, on.desk.tickets.current());
    await on.run(29_000);
    expect((await operate(on, id)).state).toBe("VERIFIED");
  });

  it("may be declined by whoever may approve, and by nobody else", async () => {
    const on = bench(approving);
    const { id } = await select(on);
    await expect(on.commands.cancel({ ...bianchi, role: "operator" }, id)).rejects.toMatchObject({
      code: "auth/forbidden",
    });
    await on.commands.cancel(bianchi, id);
    expect((await on.commands.get(rossi, id)).events.at(-1)?.text).toBe("declined by Bianchi");
    const why = await select(on);
    await on.commands.cancel(bianchi, why.id, "The mould is worn");
    expect((await on.commands.get(rossi, why.id)).events.at(-1)).toMatchObject({
      step: "declined-because",
      text: "declined by Bianchi: The mould is worn",
      data: { user: "Bianchi", reason: "The mould is worn" },
    });
    expect(on.audit.at(-1)).toMatchObject({
      result: "CANCELLED",
      detail: { why: "declined by Bianchi: The mould is worn" },
    });
  });

  it("is one person's, though two approve at the same moment, and the record says whose it was not", async () => {
    const on = bench(approving);
    const { id } = await select(on);
    const verdi = { ...bianchi, userId: "u3", name: "Verdi", signInId: "s3" };
    const both = [bianchi, verdi].map((who) => on.commands.approve(who, id, on.desk.tickets.current()));
    expect((await Promise.all(both)).map(({ state }) => state)).toEqual(["SELECTED", "REFUSED"]);
    const said = on.audit.filter(({ action }) => action !== "command.selected");
    expect(said.map(({ action, who }) => `${action} ${who}`)).toEqual([
      "command.approved Bianchi",
      "command.approved Verdi",
      "command.refused Verdi",
    ]);
  });

  it("is forbidden to operators, and refused on what was seen too long ago", async () => {
    const on = bench(approving);
    const { id } = await select(on);
    await expect(
      on.commands.approve({ ...bianchi, role: "operator" }, id, on.desk.tickets.current()),
    ).rejects.toMatchObject({ code: "auth/forbidden" });
    expect(causes(await on.commands.approve(bianchi, id, undefined))).toEqual(["expired"]);
  });

  it.each<[number, string]>([
    [410, "SENT"],
    [450, "PENDING_APPROVAL"],
  ])("asks nobody for what was approved before: %d is %s", async (value, state) => {
    const tags = pressTags.map((tag) =>
      tag.id === "speed" && tag.writable
        ? { ...tag, writable: { ...tag.writable, approval: { required: true, preApproved: [380, 420] as const } } }
        : tag,
    );
    const on = bench({}, { tags });
    const sent = on.commands.submit(rossi, {
      target: "press/speed",
      value,
      key: `speed-${keys++}`,
      ticket: on.desk.tickets.current(),
      reason: undefined,
      waitMs: 0,
    });
    await on.time.advance(10);
    expect((await sent).state).toBe(state);
  });
});

describe("R14: what the gateway does by itself", () => {
  it("goes on although something else of the machine waits to be accepted (R15)", async () => {
    const on = bench();
    on.circumstances.waiting = new Set(["press:start"]);
    const running = on.commands.runSystemCommand("press", "start", "loss-of-control", "nobody answered for 30 s");
    await on.run(3000);
    expect((await running).state).toBe("VERIFIED");
  });

  it("passes without lease, select and person, under the rule's name", async () => {
    const on = bench({}, { lease: "required" });
    on.circumstances.holder = undefined;
    const running = on.commands.runSystemCommand("press", "start", "loss-of-control", "nobody answered for 30 s");
    await on.run(3000);
    expect(await running).toMatchObject({ state: "VERIFIED", userName: "system:loss-of-control" });
  });

  it.each<[string, (on: ControlBench) => void, string]>([
    ["the key on LOCAL", (on) => on.set("press/key", false), "local-control"],
    [
      "a lock-out",
      (on) => {
        on.circumstances.lockedOut = [{ id: "1", equipment: "press", person: "Verdi", reason: undefined, since: 0 }];
      },
      "locked-out",
    ],
    [
      "the island switch",
      (on) => {
        on.circumstances.cut = true;
      },
      "island",
    ],
    [
      "a change of what it does that waits to be accepted (R9)",
      (on) => {
        on.circumstances.actingOtherwise = new Set(["press:start"]);
      },
      "approval-missing",
    ],
    ["an illegal state", (on) => on.set("press/running", true), "illegal-state"],
  ])("is refused by %s all the same", async (_what, happens, cause) => {
    const on = bench();
    happens(on);
    const running = on.commands.runSystemCommand("press", "start", "loss-of-control", "gone");
    await on.run(2000);
    const record = await running;
    expect(record.state).toBe("REFUSED");
    expect(causes(record)).toContain(cause);
    expect(on.writes).toEqual([]);
  });
});
