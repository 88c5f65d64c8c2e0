import type { WordKey } from "../i18n/language.svelte.ts";

/** Every action that the gateway writes; one that is not known here is shown by its own name. */
export const actions = {
  "audit.anchored": "audit.was-anchored",
  "audit.erased": "audit.was-erased",
  "audit.exported": "audit.was-exported",
  "backup.made": "audit.backup-made",
  "backup.restored": "audit.backup-restored",
  "certificate.authority-trusted": "audit.certificate-authority-trusted",
  "certificate.issuer-stored": "audit.certificate-issuer-stored",
  "certificate.own-kept": "audit.certificate-own-kept",
  "certificate.own-renewed": "audit.certificate-own-renewed",
  "certificate.rejected": "audit.certificate-rejected",
  "certificate.revocation-list": "audit.certificate-revocation-list",
  "certificate.trusted": "audit.certificate-trusted",
  "config.changed": "audit.config-changed",
  "history.exported": "audit.history-exported",
  "command.approved": "audit.command-approved",
  "command.late-effect": "audit.command-late",
  "command.selected": "audit.command-selected",
  "lease.ended": "audit.lease-ended",
  "lease.forced": "audit.lease-forced",
  "lease.handed-over": "audit.lease-handed-over",
  "lease.declined": "audit.lease-kept",
  "lease.expired": "audit.lease-expired",
  "lease.requested": "audit.lease-requested",
  "lease.withdrawn": "audit.lease-withdrawn",
  "lease.refused": "audit.lease-refused",
  "lease.released": "audit.lease-released",
  "lease.taken": "audit.lease-taken",
  "notice.read": "audit.notice-read",
  "sign-in.failed-more": "audit.failed-more",
  "token-key.rotated": "audit.token-key",
  "access.denied": "audit.access-denied",
  "audit.interrupted": "audit.interrupted",
  "audit.resumed": "audit.resumed",
  "booking.cancelled": "audit.booking-cancelled",
  "booking.changed": "audit.booking-changed",
  "booking.created": "audit.booking-created",
  "clock.unsynchronised": "audit.clock",
  "command.intent": "audit.command-intent",
  "command.refused": "audit.command-refused",
  "command.result": "audit.command-result",
  "config.accepted": "audit.config-accepted",
  "config.confirmed": "audit.config-confirmed",
  "config.first": "audit.config-first",
  "config.machine-gone": "audit.config-machine-gone",
  "config.saved": "audit.config-saved",
  "config.narrowed": "audit.config-narrowed",
  "config.waits": "audit.config-waits",
  "diagnostics.made": "audit.diagnostics-made",
  "factor.enrolled": "audit.factor-enrolled",
  "factor.enrolled-failed": "audit.factor-enrolled-failed",
  "factor.recovery-code-used": "audit.factor-code-used",
  "factor.recovery-codes-renewed": "audit.factor-codes",
  "factor.recovery-codes-renewed-failed": "audit.factor-codes-failed",
  "factor.refused": "audit.factor-refused",
  "factor.reset": "audit.factor-reset",
  "factor.reset-failed": "audit.factor-reset-failed",
  "gateway.started": "audit.gateway-started",
  "grant.added": "audit.grant-added",
  "grant.added-failed": "audit.grant-added-failed",
  "grant.changed": "audit.grant-changed",
  "grant.changed-failed": "audit.grant-changed-failed",
  "grant.removed": "audit.grant-removed",
  "grant.removed-failed": "audit.grant-removed-failed",
  "kiosk.added": "audit.kiosk-added",
  "kiosk.enrolled": "audit.kiosk-enrolled",
  "kiosk.pin-failed": "audit.pin-failed",
  "kiosk.removed": "audit.kiosk-removed",
  "member.changed": "audit.member-changed",
  "member.changed-failed": "audit.member-changed-failed",
  "member.invited": "audit.member-invited",
  "member.invited-failed": "audit.member-invited-failed",
  "member.joined": "audit.member-joined",
  "member.joined-failed": "audit.member-joined-failed",
  "member.removed": "audit.member-removed",
  "member.removed-failed": "audit.member-removed-failed",
  "organisation.added": "audit.organisation-added",
  "organisation.added-failed": "audit.organisation-added-failed",
  "organisation.changed": "audit.organisation-changed",
  "organisation.changed-failed": "audit.organisation-changed-failed",
  "people.added": "audit.people-added",
  "people.added-failed": "audit.people-added-failed",
  "passkey.added": "audit.passkey-added",
  "passkey.added-failed": "audit.passkey-added-failed",
  "passkey.refused": "audit.passkey-refused",
  "passkey.removed": "audit.passkey-removed",
  "passkey.removed-failed": "audit.passkey-removed-failed",
  "people.link-made": "audit.people-link",
  "people.link-made-failed": "audit.people-link-failed",
  "people.changed": "audit.people-changed",
  "people.changed-failed": "audit.people-changed-failed",
  "people.first-administrator": "audit.first-administrator",
  "screen.locked": "audit.screen-locked",
  "screen.unlock-failed": "audit.screen-unlock-failed",
  "screen.unlocked": "audit.screen-unlocked",
  "sign-in.alarm-acknowledged": "audit.sign-in-alarm",
  "sign-in.all-ended": "audit.all-ended",
  "sign-in.all-ended-failed": "audit.all-ended-failed",
  "sign-in.code-asked": "audit.code-asked",
  "sign-in.code-wrong": "audit.code-wrong",
  "sign-in.cookie-reused": "audit.cookie-reused",
  "sign-in.ended": "audit.sign-in-ended",
  "sign-in.failed": "audit.sign-in-failed",
  "sign-in.ok": "audit.sign-in-ok",
  "sign-in.passkey-copied": "audit.passkey-copied",
  "sign-in.stepped-up": "audit.stepped-up",
  "site.chain-opened": "audit.chain-opened",
  "site.chain-ready": "audit.chain-ready",
  "site.chain-unknown": "audit.chain-unknown",
  "site.confirmed": "audit.zone-confirmed",
  "site.confirmed-failed": "audit.zone-confirmed-failed",
  "site.declined": "audit.zone-declined",
  "site.island-off": "audit.island-off",
  "site.island-off-failed": "audit.island-off-failed",
  "site.island-on": "audit.island-on",
  "site.lock-out-lifted": "audit.lock-lifted",
  "site.lock-out-lifted-failed": "audit.lock-lifted-failed",
  "site.locked-out": "audit.locked-out",
  "site.permit-ended": "audit.permit-ended",
  "site.permit-used": "audit.permit-used",
  "step-up.refused": "audit.step-up-refused",
  "stop.requested": "audit.stop-requested",
  "stop.result": "audit.stop-result",
  "token.made": "audit.token-made",
  "token.made-failed": "audit.token-made-failed",
  "token.refused": "audit.token-refused",
  "token.revoked": "audit.token-revoked",
  "token.revoked-failed": "audit.token-revoked-failed",
  "token.used-from-new-address": "audit.token-new-address",
} as const satisfies Readonly<Record<string, WordKey>>;

const actionWords: ReadonlyMap<string, WordKey> = new Map(Object.entries(actions));

export function actionWord(action: string): WordKey | undefined {
  return actionWords.get(action);
}

/** Done, not done, not known, under way: a mark beside the word, never colour alone. */
export type Mark = "done" | "not" | "unknown" | "open";

/** undefined: a person's or a kiosk's name, shown as it is. */
export function whoWord(who: string): WordKey | undefined {
  // Whoever may write the data folder has the command line: nobody knows who it was.
  if (who === "system:command-line") return "audit.by-box";
  return who.startsWith("system:") ? "audit.by-system" : undefined;
}

interface ResultWord {
  readonly word: WordKey;
  readonly mark: Mark;
}

const results: ReadonlyMap<string, ResultWord> = new Map(
  Object.entries({
    done: { word: "audit.done", mark: "done" },
    erased: { word: "audit.erased-body", mark: "open" },
    refused: { word: "command.refused", mark: "not" },
    denied: { word: "audit.denied", mark: "not" },
    CONFIRMED: { word: "bookings.confirmed", mark: "done" },
    SELECTED: { word: "command.selected", mark: "open" },
    PENDING_APPROVAL: { word: "command.pending", mark: "open" },
    SENT: { word: "command.sent", mark: "open" },
    VERIFIED: { word: "command.verified", mark: "done" },
    REFUSED: { word: "command.refused", mark: "not" },
    CANCELLED: { word: "command.cancelled", mark: "not" },
    EXPIRED: { word: "command.expired", mark: "not" },
    FAILED: { word: "command.failed", mark: "not" },
    UNKNOWN: { word: "command.unknown", mark: "unknown" },
    "request/conflict": { word: "audit.conflict", mark: "not" },
  } as const),
);

/** undefined: the entry tells no result, or one that is not known here and is shown as it is. */
export function resultWord({
  action,
  result,
}: {
  action: string;
  result?: string | undefined;
}): ResultWord | undefined {
  // Cancelling a booking that ends cancelled was done; a command that ends so was not.
  if (action === "booking.cancelled" && result === "CANCELLED") return { word: "audit.done", mark: "done" };
  return result === undefined ? undefined : results.get(result);
}

const keys: ReadonlyMap<string, WordKey> = new Map(
  Object.entries({
    address: "audit.address",
    areas: "access.areas",
    before: "audit.before",
    causes: "audit.causes",
    changes: "audit.changes",
    command: "audit.command",
    confirmedBy: "audit.confirmed-by",
    digest: "audit.digest",
    digestBefore: "audit.digest-before",
    disabled: "people.disabled",
    dropped: "audit.dropped",
    end: "bookings.end",
    equipment: "people.machines",
    evidence: "audit.evidence",
    highestClass: "access.highest-class",
    hours: "access.hours",
    language: "bar.language",
    moment: "audit.moment",
    notAfter: "access.not-after",
    notBefore: "access.not-before",
    leads: "organisations.leads",
    kind: "organisations.kind",
    name: "organisations.name",
    old: "setpoint.old",
    organisation: "organisations.one",
    password: "signin.password",
    permission: "audit.permission",
    readBack: "setpoint.read-back",
    reason: "audit.reason",
    role: "people.role",
    start: "bookings.start",
    subject: "access.subject",
    user: "bookings.guest",
    userAgent: "audit.browser",
    userId: "audit.person-id",
    version: "system.version",
    wanted: "setpoint.wanted",
    why: "audit.why",
  } as const),
);

/** Words for each step of a detail's path; a step that is not known here stays as it is. */
export function keyWords(path: string): readonly (WordKey | { readonly raw: string })[] {
  return path.split(".").map((step) => keys.get(step) ?? { raw: step });
}
