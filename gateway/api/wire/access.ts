import { z } from "zod";
import { commandClasses, grantRoles } from "../../core/access/grant.ts";
import { permissions, roles } from "../../core/access/policy.ts";
import { Instant } from "./scalars.ts";

const Hours = z.strictObject({
  /** 1 Monday … 7 Sunday. */
  days: z.array(z.number().int().min(1).max(7)).min(1).max(7),
  /** Local time of the site; `to` may be 24:00. */
  from: z.string().max(5),
  to: z.string().max(5),
});
const Subject = z.strictObject({ kind: z.enum(["user", "organisation"]), id: z.string().min(1).max(100) });
const Equipment = z.array(z.string().min(1).max(200)).max(200);
const Areas = z.array(z.string().min(1).max(200)).max(200);
const HoursList = z.array(Hours).max(50);

export const GrantView = z.object({
  id: z.string(),
  subject: Subject,
  /** It comes with the account. */
  own: z.boolean(),
  role: z.enum(roles),
  equipment: z.array(z.string()),
  areas: z.array(z.string()),
  highestClass: z.enum(commandClasses),
  notBefore: Instant.optional(),
  notAfter: Instant.optional(),
  hours: z.array(Hours),
  createdAt: Instant,
  createdBy: z.string(),
});
export type GrantView = z.infer<typeof GrantView>;
export const GrantList = z.object({ items: z.array(GrantView) });

export const AddGrant = z.strictObject({
  subject: Subject,
  role: z.enum(grantRoles),
  equipment: Equipment.default([]),
  areas: Areas.default([]),
  highestClass: z.enum(commandClasses).default("C3"),
  notBefore: Instant.optional(),
  notAfter: Instant.optional(),
  hours: HoursList.default([]),
});

/** `null` takes a bound away. */
export const ChangeGrant = z.strictObject({
  role: z.enum(grantRoles).optional(),
  equipment: Equipment.optional(),
  areas: Areas.optional(),
  highestClass: z.enum(commandClasses).optional(),
  notBefore: Instant.nullable().optional(),
  notAfter: Instant.nullable().optional(),
  hours: HoursList.optional(),
});
export type ChangeGrant = z.infer<typeof ChangeGrant>;

/** What somebody can do on a machine, or at all, and why. */
export const AccessView = z.object({
  user: z.object({ id: z.string(), name: z.string(), role: z.enum(roles), organisation: z.string().optional() }),
  equipment: z.string().optional(),
  at: Instant,
  /** The account or its organisation cannot sign in. */
  disabled: z.boolean(),
  permissions: z.array(
    z.object({
      permission: z.enum(permissions),
      allowed: z.boolean(),
      /** Up to which class of command. */
      upTo: z.enum(commandClasses).optional(),
      /** A guest without a booking that runs now. */
      outsideBooking: z.boolean(),
      bookingEnds: Instant.optional(),
      /** Each grant with what it misses; nothing: it allows. */
      grants: z.array(
        z.object({
          grant: z.string(),
          missing: z.array(z.enum(["role", "equipment", "class", "not-yet", "ended", "hours"])),
        }),
      ),
    }),
  ),
});
export type AccessView = z.infer<typeof AccessView>;
