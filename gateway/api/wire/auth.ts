import { z } from "zod";
import { permissions, roles } from "../../core/access/policy.ts";
import { Instant } from "./scalars.ts";

/** The answer of a browser's authenticator, as `toJSON()` gives it. */
export const PasskeyAnswer = z.looseObject({
  id: z.string().min(1).max(1400),
  rawId: z.string().max(1400),
  type: z.literal("public-key"),
  response: z.looseObject({ clientDataJSON: z.string().max(8192) }),
});

/** For `navigator.credentials`: `parseCreationOptionsFromJSON`, `parseRequestOptionsFromJSON`. */
export const PasskeyOptions = z.looseObject({ challenge: z.string() });
export type PasskeyOptions = z.infer<typeof PasskeyOptions>;

/** The first step of a sign-in with a passkey as the second factor. */
export const AskPasskey = z.strictObject({
  username: z.string().min(1).max(100),
  password: z.string().min(1).max(1000),
});

export const AddPasskey = z.strictObject({ name: z.string().trim().min(1).max(60), answer: PasskeyAnswer });

export const PasskeyQuestion = z.strictObject({ for: z.enum(["step-up", "unlock"]) });

export const PasskeyList = z.object({
  items: z.array(z.object({ id: z.string(), name: z.string(), createdAt: Instant, usedAt: Instant.optional() })),
  /** Why there can be none at this gateway's address. */
  refused: z.object({ rule: z.string(), why: z.string() }).optional(),
});
export type PasskeyList = z.infer<typeof PasskeyList>;

export const Login = z.strictObject({
  username: z.string().min(1).max(100),
  password: z.string().min(1).max(1000),
  /** Six figures, or a recovery code. */
  otp: z.string().max(40).optional(),
  /** In its place. */
  passkey: PasskeyAnswer.optional(),
});

/** The one-time link of the first start: `/#/welcome?secret=…`. */
export const FirstAdministrator = z.strictObject({
  secret: z.string().min(1).max(200),
  username: z.string().min(1).max(100),
  password: z.string().min(1).max(1000),
  language: z.enum(["it", "en"]).default("it"),
});

export const Me = z.object({
  id: z.string(),
  name: z.string(),
  role: z.enum(roles),
  language: z.enum(["it", "en"]),
  permissions: z.array(z.enum(permissions)),
  organisation: z.string().optional(),
  /** This sign-in has passed one. */
  secondFactor: z.boolean(),
  /** Whether writing asks for one here, and whether this person has one. */
  factor: z.object({
    required: z.boolean(),
    enrolled: z.boolean(),
    /** The account has no password: setting one up asks for a sign-in of the last five minutes instead. */
    passwordless: z.literal(true).optional(),
  }),
  /** The screen of this sign-in: values and stop requests, nothing else. */
  locked: z.boolean(),
});
export type Me = z.infer<typeof Me>;

export const SignedIn = z.object({
  accessToken: z.string(),
  /** Seconds. */
  expiresIn: z.number(),
  /** Good for stop requests only, as long as the sign-in. */
  stopToken: z.string(),
  user: Me,
});
export type SignedIn = z.infer<typeof SignedIn>;

/** The same again: a page that was reloaded has the stop token as before. */
export const Refreshed = SignedIn;
export type Refreshed = SignedIn;

/** Whether the caller has read the notice of `GET /greeting`, in this version. */
export const NoticeRead = z.object({ version: z.string(), read: z.boolean() });
export type NoticeRead = z.infer<typeof NoticeRead>;

export const ReadNotice = z.strictObject({ version: z.string().min(1).max(100) });

export const Code = z.strictObject({ otp: z.string().min(1).max(40) });

/** One of the two. */
export const StepUp = z.union([Code, z.strictObject({ passkey: PasskeyAnswer })]);

/** One of the three. */
export const Unlock = z
  .strictObject({
    password: z.string().min(1).max(1000).optional(),
    otp: z.string().min(1).max(40).optional(),
    passkey: PasskeyAnswer.optional(),
  })
  .refine((by) => Object.values(by).filter((each) => each !== undefined).length === 1, {
    error: "password, otp or passkey",
  });

export const FactorView = z.object({
  /** Absent: there is none. */
  since: Instant.optional(),
  recoveryCodesLeft: z.number(),
});
export type FactorView = z.infer<typeof FactorView>;

/** Without a password only where the account has none. */
export const BeginFactor = z.strictObject({ password: z.string().min(1).max(1000).optional() });

/** Shown this once. */
export const FactorSecret = z.object({ secret: z.string(), uri: z.string() });
export type FactorSecret = z.infer<typeof FactorSecret>;

/** Shown this once. */
export const RecoveryCodes = z.object({ recoveryCodes: z.array(z.string()) });
export type RecoveryCodes = z.infer<typeof RecoveryCodes>;

export const SignInView = z.object({
  id: z.string(),
  /** The one that asks. */
  current: z.boolean(),
  createdAt: Instant,
  lastSeenAt: Instant,
  endsAt: Instant,
  secondFactor: z.boolean(),
  locked: z.boolean(),
  address: z.string(),
  userAgent: z.string(),
});
export const SignInList = z.object({ items: z.array(SignInView) });
export type SignInView = z.infer<typeof SignInView>;
export type SignInList = z.infer<typeof SignInList>;
