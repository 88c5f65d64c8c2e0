/**
 * The one catalogue of error codes. Each code stands for what the caller must do, not for where it
 * arose. `http` is the status that the API answers with; `title` is the short English sentence of
 * the problem document (RFC 9457).
 */
export const errorCatalogue = {
  "request/invalid": { http: 400, title: "The request is not well formed" },
  "request/not-found": { http: 404, title: "There is no such thing, or it is not yours to see" },
  "request/conflict": { http: 409, title: "It was changed meanwhile" },
  "request/version-missing": { http: 428, title: "Say which version you mean" },
  "request/too-large": { http: 413, title: "The request is too large" },
  "request/unsupported-media-type": { http: 415, title: "The body is not of a kind that is understood here" },
  "request/uri-too-long": { http: 414, title: "The address is too long" },
  "request/timeout": { http: 408, title: "The request did not arrive in time" },
  "request/rate-limited": { http: 429, title: "Too many requests" },
  "auth/required": { http: 401, title: "Sign in" },
  "auth/failed": { http: 401, title: "Sign-in failed" },
  "auth/otp-required": { http: 401, title: "A second factor is needed" },
  "auth/code-wrong": { http: 422, title: "The code is not right, or was used already" },
  "auth/passkey-wrong": { http: 422, title: "The passkey does not hold" },
  "auth/passkeys-unavailable": { http: 409, title: "Passkeys cannot be used at this address" },
  "auth/factor-required": { http: 403, title: "A second factor is needed, and there is none yet" },
  "auth/step-up-required": { http: 403, title: "Give the second factor again" },
  "auth/locked": { http: 403, title: "The screen is locked" },
  "auth/slow-down": { http: 429, title: "Too many attempts" },
  "auth/forbidden": { http: 403, title: "Not in your role" },
  "auth/flow-lost": { http: 400, title: "This sign-in was not begun here, took too long, or was used already" },
  "auth/provider-unavailable": { http: 503, title: "The sign-in provider does not answer" },
  "auth/provider-refused": { http: 401, title: "The sign-in provider's answer does not hold" },
  "auth/not-mapped": { http: 403, title: "No group of yours has a role here" },
  "auth/disabled": { http: 403, title: "The account is disabled here" },
  "auth/link-used": { http: 410, title: "The link is used up or too old" },
  "user/password-too-short": { http: 422, title: "The password is too short" },
  "user/password-common": { http: 422, title: "The password is among the most common ones" },
  "user/pin-weak": { http: 422, title: "The PIN is too easy to guess" },
  "user/exists": { http: 409, title: "The name is taken" },
  "organisation/exists": { http: 409, title: "The organisation exists already" },
  "token/too-wide": { http: 422, title: "A token cannot do more than whoever makes it" },
  "command/refused": { http: 409, title: "The command was refused" },
  "command/key-reused": { http: 422, title: "The key was used for another command" },
  "site/not-now": { http: 409, title: "What stands at the machine does not allow it now" },
  "live/events-missed": { http: 410, title: "Events were missed; read the state anew" },
  "history/range": { http: 422, title: "The time range cannot be answered" },
  "history/unavailable": { http: 503, title: "The history cannot be read now" },
  "device/connection-lost": { http: 503, title: "The device's connection is lost" },
  "device/not-connected": { http: 503, title: "The device is not connected" },
  "device/untrusted": { http: 503, title: "The device's certificate is not trusted" },
  "device/settings": { http: 422, title: "The device refuses its settings" },
  "store/unavailable": { http: 503, title: "The store cannot be written now" },
  "config/second-person": { http: 409, title: "A second person is needed" },
  "booking/overlap": { http: 409, title: "The time is taken" },
  "booking/refused": { http: 422, title: "The booking breaks a rule" },
  "start/config": { http: 500, title: "The configuration is not valid" },
  "start/in-use": { http: 500, title: "The port or the data folder is in use" },
  "start/unsafe": { http: 500, title: "The settings are not safe" },
  "start/damaged": { http: 500, title: "A file of the data folder is damaged, or of a newer version" },
  "start/read-only": { http: 500, title: "The data folder cannot be written" },
} as const;

export type ErrorCode = keyof typeof errorCatalogue;

/** One wrong field of a request: JSON pointer, and what would be right. */
export interface FieldProblem {
  readonly pointer: string;
  readonly detail: string;
  /** Stable name of the rule that is broken, for screens in another language than the detail's. */
  readonly rule?: string;
}

/** The one error class. Anything thrown that is not of it is an internal error. */
export class PlanciaError extends Error {
  readonly code: ErrorCode;
  readonly fields: readonly FieldProblem[];
  /** Seconds after which it makes sense to come back. */
  readonly retryAfterS: number | undefined;

  constructor(
    code: ErrorCode,
    detail: string,
    more: { fields?: readonly FieldProblem[]; retryAfterS?: number; cause?: unknown } = {},
  ) {
    super(detail, { cause: more.cause });
    this.name = "PlanciaError";
    this.code = code;
    this.fields = more.fields ?? [];
    this.retryAfterS = more.retryAfterS;
  }
}
