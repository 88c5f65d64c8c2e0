import { z } from "zod";
import { isWriteFunction } from "./request.ts";

const word = z.int().min(0).max(0xffff);
const delayMs = z.int().min(0).max(600_000);

/** Which requests a fault hits; all of them where nothing is said. `times`: the next so many, then it is over. */
const scope = {
  unitId: z.int().min(0).max(255).optional(),
  on: z.enum(["all", "reads", "writes"]).default("all"),
  times: z.int().min(1).optional(),
};

const falsify = z.strictObject({
  kind: z.literal("falsify"),
  what: z.enum([
    "readback",
    "unit",
    "length",
    "byte-count",
    "transaction",
    "function",
    "protocol",
    "value",
    "checksum",
  ]),
  ...scope,
  /**
   * The wrong unit id, length field, byte count, transaction id, function or protocol id; else one beside the right
   * one. RTU frames have a checksum in the place of transaction, protocol and length.
   */
  wrong: word.optional(),
  /** For `value`: from this register of this table on, these words stand in the answers. */
  table: z.enum(["holding", "input"]).default("input"),
  register: word.default(0),
  words: z.array(word).min(1).max(125).default([0x7fc0, 0]),
});

/** One thing that goes wrong between process and wire. Unknown keys are refused. */
export const modbusFault = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("drop"), ...scope }),
  z.strictObject({ kind: z.literal("cut") }),
  z.strictObject({ kind: z.literal("refuse") }),
  z.strictObject({ kind: z.literal("freeze") }),
  z.strictObject({ kind: z.literal("delay"), ms: delayMs, ...scope }),
  z.strictObject({ kind: z.literal("exception"), code: z.int().min(1).max(255), ...scope }),
  falsify,
  z.strictObject({ kind: z.literal("drop-write-answer"), unitId: scope.unitId, times: scope.times }),
  z.strictObject({ kind: z.literal("late"), ms: delayMs.optional(), ...scope }),
  z.strictObject({ kind: z.literal("truncate"), ...scope }),
]);

export type ModbusFault = z.output<typeof modbusFault>;
/** As a caller writes it: `{ kind: "delay", ms: 300, unitId: 4, times: 1 }`. */
export type ModbusFaultInput = z.input<typeof modbusFault>;
export type FaultOf<Kind extends ModbusFault["kind"]> = Extract<ModbusFault, { kind: Kind }>;

/** True when the fault hits this request. `cut`, `refuse` and `freeze` are about the line and the process and hit none. */
export function hits(fault: ModbusFault, request: { readonly unitId: number; readonly pdu: Buffer }): boolean {
  if (fault.kind === "cut" || fault.kind === "refuse" || fault.kind === "freeze") return false;
  if (fault.unitId !== undefined && fault.unitId !== request.unitId) return false;
  const write = isWriteFunction(request.pdu[0] ?? 0);
  if (fault.kind === "drop-write-answer") return write;
  if (fault.kind === "falsify" && fault.what === "readback") return write;
  return fault.on === "all" || (fault.on === "writes") === write;
}
