import { StatusCodes } from "node-opcua";
import { z } from "zod";

const delayMs = z.int().min(0).max(600_000);
const times = z.int().min(1).optional();
/** A variable's name (`MachSpeed`) or its whole id (`Line1.MachSpeed`); all of them where nothing is said. */
const node = z.string().min(1).optional();

const status = z.string().refine((name) => Object.hasOwn(StatusCodes, name), {
  error: "the name of an OPC UA status code, such as BadTimeout",
});

/** One thing that goes wrong between process and wire. Unknown keys are refused. */
export const opcuaFault = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("freeze") }),
  z.strictObject({ kind: z.literal("cut") }),
  z.strictObject({ kind: z.literal("hang") }),
  z.strictObject({ kind: z.literal("delay"), ms: delayMs }),
  z.strictObject({ kind: z.literal("bad-status"), node, status: status.default("BadSensorFailure") }),
  z.strictObject({ kind: z.literal("reject-writes"), node, status: status.default("BadUserAccessDenied"), times }),
  z.strictObject({ kind: z.literal("drop-write-answer"), node, times }),
  z.strictObject({ kind: z.literal("clock"), offsetS: z.number().min(-86_400_000).max(86_400_000) }),
  z.strictObject({
    kind: z.literal("falsify"),
    what: z.enum(["readback", "value"]),
    node,
    times,
    /** For `value`: what stands there instead; text for 64-bit integers, NaN and Infinity. */
    value: z.union([z.number(), z.boolean(), z.string()]).optional(),
  }),
  z.strictObject({ kind: z.literal("swap-certificate") }),
]);

export type OpcuaFault = z.output<typeof opcuaFault>;
/** As a caller writes it: `{ kind: "bad-status", node: "MachSpeed" }`. */
export type OpcuaFaultInput = z.input<typeof opcuaFault>;

/** Two faults with the same key do not stand together. */
export function opcuaFaultKey(fault: OpcuaFault): string {
  const name = "node" in fault ? fault.node : undefined;
  return [fault.kind, fault.kind === "falsify" ? fault.what : "", name ?? "every"].join(" ");
}

/** True where the fault is about this node, by name or by id. */
export function isAbout(fault: { readonly node?: string | undefined }, nodeId: string): boolean {
  return fault.node === undefined || nodeId === fault.node || nodeId.endsWith(`.${fault.node}`);
}
