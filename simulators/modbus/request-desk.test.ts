import { describe, expect, it } from "vitest";
import { FaultBoard } from "./fault-board.ts";
import type { Frame } from "./frame.ts";
import { registerBank } from "./register-bank.ts";
import { RequestDesk } from "./request-desk.ts";

interface Timer {
  readonly atMs: number;
  readonly run: () => void;
}

/** A desk with one unit of eight registers (1: 0x0011 … 8: 0x0088), a hand-driven clock, and what one client received. */
function desk() {
  const memory = new DataView(new ArrayBuffer(16));
  for (let register = 0; register < 8; register += 1) memory.setUint16(register * 2, 0x11 * (register + 1));
  let nowMs = 0;
  let timers: Timer[] = [];
  const faults = new FaultBoard(async () => {});
  const tested = new RequestDesk(new Map([[1, registerBank(memory)]]), faults, (ms, run) => {
    const timer = { atMs: nowMs + ms, run };
    timers.push(timer);
    return () => {
      timers = timers.filter((other) => other !== timer);
    };
  });
  const sent: string[] = [];
  let ended = false;
  const connection = {
    send: (bytes: Buffer) => void sent.push(bytes.toString("hex")),
    end: () => {
      ended = true;
    },
  };
  return {
    faults,
    memory,
    writes: tested.writes,
    counters: () => tested.counters,
    ended: () => ended,
    /** What arrives in answer to one request, at once. */
    ask(pdu: string, more: Partial<Frame> = {}): string[] {
      sent.length = 0;
      tested.handle({ transactionId: 0x0102, unitId: 1, pdu: bytesOf(pdu), ...more }, connection);
      return [...sent];
    },
    /** What arrives while time passes. */
    pass(ms: number): string[] {
      sent.length = 0;
      nowMs += ms;
      const due = timers.filter((timer) => timer.atMs <= nowMs);
      timers = timers.filter((timer) => timer.atMs > nowMs);
      for (const timer of due) timer.run();
      return [...sent];
    },
    close: () => tested.close(),
  };
}

function bytesOf(hex: string): Buffer {
  return Buffer.from(hex.replaceAll(" ", ""), "hex");
}

function plain(hex: string): string {
  return hex.replaceAll(" ", "");
}

const read = "03 0000 0002";
const honest = plain("0102 0000 0007 01 03 04 0011 0022");
const write = "06 0000 abcd";
const written = plain("0102 0000 0006 01 06 0000 abcd");

describe("a healthy device", () => {
  it("answers a read with the transaction and unit id of the request", () => {
    expect(desk().ask(read)).toEqual([honest]);
  });

  it.each([
    ["function 7", "07", "8701"],
    ["function 23", "17 0000 0001 0000 0001 02 0000", "9701"],
    ["no register at all", "03 0000 0000", "8303"],
    ["126 registers", "03 0000 007e", "8303"],
    ["2001 bits", "01 0000 07d1", "8103"],
    ["registers beyond the end", "03 0007 0002", "8302"],
    ["124 registers written", `10 0000 007c f8 ${"00".repeat(248)}`, "9003"],
    ["a byte count that does not fit", "10 0000 0002 02 0000 0000", "9003"],
    ["too few bytes", "10 0000 0002 04 0000", "9003"],
    ["an empty write of function 16", "10 0000", "9003"],
    ["a coil value of 1", "05 0000 0001", "8503"],
    ["a mask with a byte too many", "16 0000 0000 0000 00", "9603"],
    ["input registers where there are none", "04 0000 0001", "8402"],
  ])("answers %s with an exception", (_, pdu, answer) => {
    expect(desk().ask(pdu)).toEqual([plain(`0102 0000 0003 01 ${answer}`)]);
  });

  it("answers for a unit that is not there as a gateway would: exception 11", () => {
    expect(desk().ask(read, { unitId: 9 })).toEqual([plain("0102 0000 0003 09 830b")]);
  });

  it("logs every write and no read", () => {
    const device = desk();
    device.ask(read);
    device.ask(write);
    device.ask("06 0100 0001");
    expect(device.writes.all()).toMatchObject([
      { seq: 1, unitId: 1, function: 6, address: 0, values: [0xabcd], outcome: "done", answered: true },
      { seq: 2, unitId: 1, function: 6, address: 0x100, values: [1], outcome: "refused", exception: 2, answered: true },
    ]);
    expect(device.writes.since(1)).toHaveLength(1);
    expect(device.counters()).toEqual({ requests: 3, writes: 2, droppedAnswers: 0 });
  });

  it("logs a malformed write without values", () => {
    const device = desk();
    device.ask("10 00");
    expect(device.writes.all()).toMatchObject([{ function: 16, address: -1, values: [], outcome: "refused" }]);
  });
});

describe("a faulty device", () => {
  it("drop: answers nothing and writes nothing, but the write is in the log", async () => {
    const device = desk();
    await device.faults.set({ kind: "drop" });
    expect(device.ask(read)).toEqual([]);
    expect(device.ask(write)).toEqual([]);
    expect(device.memory.getUint16(0)).toBe(0x11);
    expect(device.writes.all()).toMatchObject([{ outcome: "dropped", answered: false }]);
    await device.faults.clear();
    expect(device.ask(read)).toEqual([honest]);
  });

  it("delay: the whole answer, so many milliseconds later", async () => {
    const device = desk();
    await device.faults.set({ kind: "delay", ms: 300 });
    expect(device.ask(read)).toEqual([]);
    expect(device.pass(299)).toEqual([]);
    expect(device.pass(1)).toEqual([honest]);
  });

  it("delay: forgets what is under way when the plant closes", async () => {
    const device = desk();
    await device.faults.set({ kind: "delay", ms: 300 });
    device.ask(read);
    device.close();
    expect(device.pass(1000)).toEqual([]);
  });

  it("delay: throws answers away beyond 1,000 and counts them", async () => {
    const device = desk();
    await device.faults.set({ kind: "delay", ms: 300 });
    for (let count = 0; count < 1002; count += 1) device.ask(read);
    expect(device.counters().droppedAnswers).toBe(2);
    expect(device.pass(300)).toHaveLength(1000);
  });

  it("exception: that code, nothing written", async () => {
    const device = desk();
    await device.faults.set({ kind: "exception", code: 6 });
    expect(device.ask(write)).toEqual([plain("0102 0000 0003 01 8606")]);
    expect(device.memory.getUint16(0)).toBe(0x11);
    expect(device.writes.all()).toMatchObject([{ outcome: "refused", exception: 6 }]);
  });

  it("falsify readback: says the write is done and keeps the old value", async () => {
    const device = desk();
    await device.faults.set({ kind: "falsify", what: "readback" });
    expect(device.ask(write)).toEqual([written]);
    expect(device.ask(read)).toEqual([honest]);
    expect(device.writes.all()).toMatchObject([{ outcome: "ignored", answered: true }]);
  });

  it("drop-write-answer: executes the write and loses the answer; reads go on", async () => {
    const device = desk();
    await device.faults.set({ kind: "drop-write-answer" });
    expect(device.ask(write)).toEqual([]);
    expect(device.memory.getUint16(0)).toBe(0xabcd);
    expect(device.writes.all()).toMatchObject([{ outcome: "done", answered: false }]);
    expect(device.ask("03 0000 0001")).toEqual([plain("0102 0000 0005 01 03 02 abcd")]);
  });

  it("late: the old answer comes with its old transaction id, right before the next one", async () => {
    const device = desk();
    await device.faults.set({ kind: "late", times: 1 });
    expect(device.ask(read, { transactionId: 5 })).toEqual([]);
    expect(device.pass(60_000)).toEqual([]);
    expect(device.ask("03 0002 0001", { transactionId: 6 })).toEqual([
      plain("0005 0000 0007 01 03 04 0011 0022"),
      plain("0006 0000 0005 01 03 02 0033"),
    ]);
  });

  it("late with ms: comes by itself after that time", async () => {
    const device = desk();
    await device.faults.set({ kind: "late", ms: 1500, times: 1 });
    expect(device.ask(read)).toEqual([]);
    expect(device.ask(read, { transactionId: 3 })).toHaveLength(1);
    expect(device.pass(1500)).toEqual([honest]);
  });

  it("truncate: half a frame, then the end", async () => {
    const device = desk();
    await device.faults.set({ kind: "truncate" });
    expect(device.ask(read)).toEqual([honest.slice(0, 14)]);
    expect(device.ended()).toBe(true);
  });

  it.each([
    ["transaction", undefined, "0103 0000 0007 01 03 04 0011 0022"],
    ["transaction", 0xffff, "ffff 0000 0007 01 03 04 0011 0022"],
    ["protocol", undefined, "0102 0001 0007 01 03 04 0011 0022"],
    ["length", undefined, "0102 0000 0009 01 03 04 0011 0022"],
    ["length", 0, "0102 0000 0000 01 03 04 0011 0022"],
    ["length", 65535, "0102 0000 ffff 01 03 04 0011 0022"],
    ["unit", undefined, "0102 0000 0007 02 03 04 0011 0022"],
    ["function", undefined, "0102 0000 0007 01 04 04 0011 0022"],
    ["byte-count", undefined, "0102 0000 0007 01 03 06 0011 0022"],
    ["byte-count", 2, "0102 0000 0007 01 03 02 0011 0022"],
  ] as const)("falsify %s (%s): one field is wrong", async (what, wrong, bytes) => {
    const device = desk();
    await device.faults.set({ kind: "falsify", what, wrong });
    expect(device.ask(read)).toEqual([plain(bytes)]);
  });

  it("falsify value: other words stand in the answers that cover them", async () => {
    const device = desk();
    await device.faults.set({ kind: "falsify", what: "value", table: "holding", register: 1, words: [0xdead, 0xbeef] });
    expect(device.ask("03 0000 0004")).toEqual([plain("0102 0000 000b 01 03 08 0011 dead beef 0044")]);
    expect(device.ask("03 0002 0001")).toEqual([plain("0102 0000 0005 01 03 02 beef")]);
    expect(device.ask("03 0000 0001")).toEqual([plain("0102 0000 0005 01 03 02 0011")]);
    expect(device.ask("03 0006 0003")).toEqual([plain("0102 0000 0003 01 8302")]);
  });

  it("hits only the unit, the direction and the number of requests that the fault names", async () => {
    const device = desk();
    await device.faults.set({ kind: "drop", unitId: 2 });
    await device.faults.set({ kind: "exception", code: 4, on: "writes", times: 2 });
    expect(device.ask(read)).toEqual([honest]);
    expect(device.ask(read, { unitId: 2 })).toEqual([]);
    expect([device.ask(write), device.ask(write), device.ask(write)]).toEqual([
      [plain("0102 0000 0003 01 8604")],
      [plain("0102 0000 0003 01 8604")],
      [written],
    ]);
    expect(device.faults.active()).toMatchObject([{ kind: "drop", unitId: 2 }]);
  });

  it("lets several faults stand together", async () => {
    const device = desk();
    await device.faults.set({ kind: "delay", ms: 50 });
    await device.faults.set({ kind: "falsify", what: "unit" });
    device.ask(read);
    expect(device.pass(50)).toEqual([plain("0102 0000 0007 02 03 04 0011 0022")]);
  });
});

describe("the board of faults", () => {
  it.each([
    [{ kind: "delay" }],
    [{ kind: "delay", ms: -1 }],
    [{ kind: "exception", code: 0 }],
    [{ kind: "falsify", what: "everything" }],
    [{ kind: "drop", unit: 1 }],
    [{ kind: "__proto__" }],
  ])("refuses %j", async (fault) => {
    const { faults } = desk();
    await expect(faults.set(fault as never)).rejects.toThrow();
    expect(faults.active()).toEqual([]);
  });

  it("holds at most 32 faults, and still replaces one of them", async () => {
    const { faults } = desk();
    for (let unitId = 0; unitId < 32; unitId += 1) await faults.set({ kind: "drop", unitId });
    await expect(faults.set({ kind: "freeze" })).rejects.toThrow(RangeError);
    await faults.set({ kind: "drop", unitId: 3, on: "reads" });
    expect(faults.active()).toHaveLength(32);
  });

  it("knows a frozen process and a cut line", async () => {
    const { faults } = desk();
    await faults.set({ kind: "freeze" });
    await faults.set({ kind: "cut" });
    expect([faults.frozen, faults.lineCut]).toEqual([true, true]);
    await faults.clear();
    expect([faults.frozen, faults.lineCut]).toEqual([false, false]);
  });
});
