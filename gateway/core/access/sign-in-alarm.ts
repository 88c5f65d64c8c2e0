/** Somebody may have what is another's: an old cookie came again, or a passkey that counted backwards. */
export const signInAlarmKinds = ["cookie-reused", "passkey-copied"] as const;
export type SignInAlarmKind = (typeof signInAlarmKinds)[number];

/** As it stands until an administrator acknowledges it. The same again, for the same person, is the same alarm. */
export interface SignInAlarm {
  readonly id: string;
  readonly kind: SignInAlarmKind;
  readonly userId: string;
  readonly user: string;
  /** Where it came from, the last time. */
  readonly address: string;
  /** The last time, UTC ms. */
  readonly at: number;
  readonly times: number;
}
