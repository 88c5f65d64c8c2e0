import { z } from "zod";
import { ControlChange } from "./changes.ts";
import { PartDifference } from "./configuration.ts";

/** `semicolons`: with decimal commas and a byte order mark, as spreadsheets in Italian open it. */
export const SheetStyle = z.object({ style: z.enum(["commas", "semicolons"]).default("commas") });

/** Tags as a sheet, against the configuration file as it lies there. */
export const SheetQuestion = z.strictObject({
  /** The CSV file as it is, at most 4 MiB, base64. */
  csv: z.base64().max(5_592_408),
  /** Takes the rows that are right though others are not. */
  skipBadRows: z.boolean().default(false),
  /** Adds a machine that is named and not there. */
  newMachines: z.boolean().default(false),
});
export type SheetQuestion = z.input<typeof SheetQuestion>;

export const TakeSheet = SheetQuestion.extend({
  /** From the look before: the file that was looked at, as it must still be. */
  base: z.string().regex(/^[0-9a-f]{64}$/, { error: "the base of a look" }),
  why: z.string().trim().min(1).max(500).optional(),
});
export type TakeSheet = z.input<typeof TakeSheet>;

export const SheetFault = z.object({
  /** As a spreadsheet counts, the heading is 1; 0: the sheet or the configuration as a whole. */
  row: z.number().int(),
  /** As the heading has it; empty: the row as a whole. */
  column: z.string(),
  /** What stands there, the first 100 characters. */
  cell: z.string(),
  text: z.string(),
});
export type SheetFault = z.infer<typeof SheetFault>;

/** What a sheet would make of the file: nothing was changed. */
export const SheetLook = z.object({
  base: z.string(),
  /** Rows: tags that would be added, be changed, and are as the row says. */
  added: z.number().int(),
  changed: z.number().int(),
  left: z.number().int(),
  /** Rows that name no point, such as folders of a browsed device. */
  aside: z.number().int(),
  bad: z.number().int(),
  /** By row, at most 1300. */
  faults: z.array(SheetFault),
  /** Whether it can be taken as it was asked. */
  takeable: z.boolean(),
  /** At most 500. */
  parts: z.array(PartDifference),
  /** All of `parts`, also where they are cut. */
  total: z.number().int(),
  /** What would widen control, and wait to be accepted (R9). At most 500. */
  waits: z.array(ControlChange),
});
export type SheetLook = z.infer<typeof SheetLook>;

/** `n`: the version that it is now; left out: the sheet says what the file says. */
export const SheetTaken = z.object({ n: z.number().int().optional() });
export type SheetTaken = z.infer<typeof SheetTaken>;
