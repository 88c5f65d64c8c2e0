import { z } from "zod";
import { Instant } from "./scalars.ts";

export const OrganisationView = z.object({
  id: z.string(),
  name: z.string(),
  /** Of those who own machines, or of those who book them. */
  kind: z.enum(["host", "guest"]),
  /** Suspended: nobody of it can sign in. */
  disabled: z.boolean(),
  createdAt: Instant,
});
export type OrganisationView = z.infer<typeof OrganisationView>;

export const CountedOrganisation = OrganisationView.extend({
  /** Accounts that are not disabled. */
  members: z.number(),
});
export type CountedOrganisation = z.infer<typeof CountedOrganisation>;
export const OrganisationList = z.object({ items: z.array(CountedOrganisation) });

export const AddOrganisation = z.strictObject({
  /** Small letters, digits and `-`: it stands behind the names of its members. */
  id: z.string().min(1).max(40),
  name: z.string().min(1).max(100),
  kind: z.enum(["host", "guest"]).default("guest"),
});

export const ChangeOrganisation = z.strictObject({
  name: z.string().min(1).max(100).optional(),
  disabled: z.boolean().optional(),
});

export const MemberView = z.object({
  id: z.string(),
  name: z.string(),
  /** It invites and removes the others. */
  leads: z.boolean(),
  /** It chose a password. */
  joined: z.boolean(),
  /** Removed: it cannot sign in any more. */
  disabled: z.boolean(),
  /** Until when the link of its invitation holds, or held. */
  invitedUntil: Instant.optional(),
  createdAt: Instant,
});
export type MemberView = z.infer<typeof MemberView>;

export const MembershipView = z.object({ organisation: OrganisationView, items: z.array(MemberView) });
export type MembershipView = z.infer<typeof MembershipView>;

export const InviteMember = z.strictObject({
  /** Before `@` and the organisation. */
  name: z.string().min(1).max(60),
  language: z.enum(["it", "en"]).default("it"),
  /** An administrator's to say. */
  leads: z.boolean().default(false),
});

export const ChangeMember = z.strictObject({ leads: z.boolean() });

/** `/#/join?secret=…` with the name beside it. Shown this once. */
export const InvitedView = z.object({ member: MemberView, secret: z.string() });
export type InvitedView = z.infer<typeof InvitedView>;

export const Join = z.strictObject({ secret: z.string().min(1).max(200), password: z.string().min(1).max(1000) });
