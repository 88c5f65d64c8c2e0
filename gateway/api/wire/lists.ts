import { z } from "zod";
import { DeviceView, UserView } from "./administration.ts";
import { Command, CommandState } from "./command.ts";
import { EquipmentView, TagView, ValueView } from "./equipment.ts";

/** Lists of what the caller may see are plain arrays; administration and records come in pages. */
export const EquipmentList = z.array(EquipmentView);
export const TagList = z.array(TagView);
export const ValueList = z.array(ValueView);

/** `next` goes back as the query parameter of the same name; absent: that was all. */
const next = z.string().optional();

export const UserPage = z.object({ items: z.array(UserView), next });
export type UserPage = z.infer<typeof UserPage>;
export const CommandPage = z.object({ items: z.array(Command), next });
export type CommandPage = z.infer<typeof CommandPage>;
export const DevicePage = z.object({ items: z.array(DeviceView), next });
export type DevicePage = z.infer<typeof DevicePage>;

export const PageParameters = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  next: z.string().max(200).optional(),
});

export const CommandParameters = PageParameters.extend({
  equipment: z.string().max(200).optional(),
  state: CommandState.optional(),
});

/** Comma between names or patterns; `*` stands for any run of characters. */
export const ValueParameters = z.strictObject({ tags: z.string().min(1).max(4000).optional() });

/** The same with names in the body, where they are too many for an address. */
export const ValueRequest = z.strictObject({ tags: z.array(z.string().min(1).max(200)).min(1).max(10_000) });

export const TagParameters = z.strictObject({
  equipment: z.string().max(200).optional(),
  match: z.string().max(200).optional(),
});

export const Ticket = z.object({ ticket: z.string() });
