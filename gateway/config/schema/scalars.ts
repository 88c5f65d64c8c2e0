import { z } from "zod";
import { packmlWords } from "../../core/control/packml.ts";
import { reservedWords } from "../../core/reserved-words.ts";
import { textOf } from "../../core/text.ts";

/** Equipment and tags: names in expressions, so no `-` and none of their reserved words. */
export const Id = z
  .string()
  .max(64)
  .regex(/^[a-z][a-z0-9_]*$/, { error: "an id of small letters, digits and _, beginning with a letter" })
  .refine((id) => !reservedWords.has(id), { error: "an id that is no reserved word of expressions" });

/** Devices, gateway and site: names that never stand in an expression. */
export const PlainId = z
  .string()
  .max(64)
  .regex(/^[a-z][a-z0-9_-]*$/, { error: "an id of small letters, digits, - and _, beginning with a letter" });

const Line = z.string().min(1).max(200);

/** Words for people: one text for both languages, or one each. */
export const Words = z
  .union([
    Line,
    z
      .strictObject({ en: Line.optional(), it: Line.optional() })
      .refine((text) => text.en !== undefined || text.it !== undefined, { error: "a text in en, it, or both" }),
  ])
  .transform((text) => textOf(text));

/** A value as the tag shows it (after scaling). 64-bit integers beyond 2^53 as text. */
export const Scalar = z.union([z.boolean(), z.number(), z.string().max(1000)]);

/** PackML (ISA-TR88.00.02). */
export const MachineState = z.enum(packmlWords).meta({ title: "PackML state" });

/** A condition over tags; checked when the configuration is loaded. */
export const Condition = z.string().min(1).max(2000);

export const Span = z
  .tuple([z.number(), z.number()])
  .refine(([low, high]) => low < high, { error: "a pair of numbers, the lower one first" });
