import { z } from "zod";
import { signInAlarmKinds } from "../../core/access/sign-in-alarm.ts";
import { Instant } from "./scalars.ts";

/** An old cookie came again, or a passkey counted backwards: somebody may have what is another's. */
export const SignInAlarm = z.object({
  id: z.string(),
  kind: z.enum(signInAlarmKinds),
  userId: z.string(),
  user: z.string(),
  /** Where it came from, the last time. */
  address: z.string(),
  /** The last time. */
  at: Instant,
  times: z.number().int().min(1),
});
export type SignInAlarm = z.infer<typeof SignInAlarm>;
export const SignInAlarmList = z.object({ items: z.array(SignInAlarm) });
