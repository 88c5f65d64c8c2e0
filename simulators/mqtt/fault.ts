import { z } from "zod";

const delayMs = z.int().min(0).max(600_000);
const times = z.int().min(1).optional();
/** A topic or a filter with `+` and `#`; all topics where nothing is said. */
const filter = z.string().min(1).default("#");
const topic = z
  .string()
  .min(1)
  .refine((name) => !/[+#]/.test(name), { error: "a topic without + and #" });
/** A text is published as it is, anything else as JSON. */
const payload = z.union([
  z.string(),
  z.number(),
  z.boolean(),
  z.null(),
  z.record(z.string(), z.unknown()),
  z.array(z.unknown()),
]);

/** What can go wrong where the plant publishes, whoever the broker is. */
export const publisherFaults = [
  z.strictObject({ kind: z.literal("freeze") }),
  z.strictObject({ kind: z.literal("silence"), topic: filter }),
  z.strictObject({ kind: z.literal("falsify"), topic: filter, payload: payload.default("not json {"), times }),
  z.strictObject({ kind: z.literal("clock"), offsetS: z.number().min(-86_400_000).max(86_400_000) }),
] as const;

/** What can go wrong with a broker of our own. */
export const mqttFault = z.discriminatedUnion("kind", [
  ...publisherFaults,
  z.strictObject({ kind: z.literal("cut") }),
  z.strictObject({ kind: z.literal("hang") }),
  z.strictObject({ kind: z.literal("delay"), ms: delayMs }),
  z.strictObject({ kind: z.literal("reject-writes"), topic: filter, times }),
  z.strictObject({ kind: z.literal("drop-acknowledge"), topic: filter, times }),
  z.strictObject({ kind: z.literal("junk"), topic, payload: payload.default("junk {") }),
  z.strictObject({ kind: z.literal("restart") }),
]);

export type MqttFault = z.output<typeof mqttFault>;
/** As a caller writes it: `{ kind: "silence", topic: "hall/climate" }`. */
export type MqttFaultInput = z.input<typeof mqttFault>;

/** Two faults with the same key do not stand together. */
export function mqttFaultKey(fault: MqttFault): string {
  return "topic" in fault ? `${fault.kind} ${fault.topic}` : fault.kind;
}

/** The bytes of a payload as a fault says it. */
export function payloadText(payload: unknown): string {
  return typeof payload === "string" ? payload : JSON.stringify(payload);
}
