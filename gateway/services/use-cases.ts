import type { Caller, Permission, Role } from "../core/access/policy.ts";
import type { Cause, CommandRecord, CommandState } from "../core/control/command.ts";
import type { ChannelStatistics, DriverThreadFacts, PointFacts } from "../core/driver-port.ts";
import type { Truth } from "../core/expression-port.ts";
import type { CalendarUnit } from "../core/history/calendar.ts";
import type {
  HistoryAnswer,
  HistoryQuery,
  HistoryStatistics,
  StorageReport,
  TargetStatus,
} from "../core/history-port.ts";
import type { Diagnosis } from "../core/namur.ts";
import type { PasskeyAnswer, PasskeyOptions } from "../core/passkey-port.ts";
import type { Equipment, Plant, Tag } from "../core/plant.ts";
import type { AuditFilter, BookingRecord, StoredAnchor, StoredAuditEntry, UserRecord } from "../core/records-port.ts";
import type { Sample, SampleBatch } from "../core/sample.ts";
import type { Text } from "../core/text.ts";
import type { ControlChanges } from "./acceptance/acceptance.ts";
import type { CommissioningReading } from "./acceptance/commissioning.ts";
import type { Grants } from "./access/grants.ts";
import type { Programs } from "./access/programs.ts";
import type { Certificates } from "./certificates.ts";
import type { Configurations } from "./configuration-desk.ts";
import type { ChainState, LockOut } from "./control/circumstances.ts";
import type { Control } from "./control/control.ts";
import type { DryRunAnswer, WhyAnswer } from "./control/dry-run.ts";
import type { StopInput } from "./control/stop-requests.ts";
import type { DerivedReading } from "./derived/derived-desk.ts";
import type { DerivedCounts } from "./derived/derived-tags.ts";
import type { Diagnostics } from "./diagnostics.ts";
import type { Notices } from "./notice.ts";
import type { OpenSignIns } from "./open-sign-ins.ts";
import type { Joining } from "./organisations/joining.ts";
import type { Members } from "./organisations/members.ts";
import type { Organisations } from "./organisations/organisations.ts";
import type { Passkeys } from "./passkeys.ts";
import type { ScreenLocks } from "./screen-lock.ts";
import type { SecondFactors } from "./second-factor.ts";
import type { SignInAlarms } from "./sign-in-alarms.ts";
import type { SingleSignOn } from "./single-sign-on.ts";
import type { Kiosks } from "./site/kiosks.ts";
import type { TagSheets } from "./tag-sheets.ts";

/**
 * The use cases as the API and the command line see them. Each asks the policy itself: a caller who
 * may not gets `request/not-found` for what he may not see and `auth/forbidden` for what he may see
 * but not do. All may run at the same time.
 */

/** The last sample of every tag, and who wants to hear of changes. */
export interface LiveValues {
  /** undefined: never read. */
  sample(handle: number): Sample | undefined;
  /** UTC ms when the tag's channel was last proven alive; undefined: never. */
  confirmedAt(handle: number): number | undefined;
  /** The same as an age on the monotonic clock, ms; Infinity: never. */
  confirmedAgeMs(handle: number): number;
  /** The last Good sample, for display only, where the present one is not Good. */
  lastGood(handle: number): Sample | undefined;
  /** Called once per batch, synchronously, in order. Returns what ends it. */
  onBatch(listener: (batch: SampleBatch) => void): () => void;
}

export type LinkState = "connecting" | "connected" | "lost" | "off";

export interface DeviceStatus {
  readonly id: string;
  readonly name: Text;
  readonly driver: string;
  readonly intervalMs: number;
  readonly tags: number;
  readonly state: LinkState;
  /** UTC ms of the last change of state. */
  readonly since: number;
  /** Milliseconds since last proven alive; undefined: never. */
  readonly ageMs: number | undefined;
  readonly error: string | undefined;
  /** Kept when the connection is back; `at` is UTC ms. Undefined: none since the start. */
  readonly lastError?: { readonly text: string; readonly at: number } | undefined;
  readonly nextRetryMs: number | undefined;
  readonly reconnects: number;
  /** Of its driver, which all devices of its protocol share; undefined: it runs in the gateway's. */
  readonly thread?: DriverThreadFacts | undefined;
  /** Of its connection, which other devices may share; so are the statistics. Undefined: not known yet. */
  readonly requestsPerS?: number | undefined;
  readonly statistics: ChannelStatistics | undefined;
  readonly diagnosis: Diagnosis;
}

export interface Devices {
  status(id: string): DeviceStatus | undefined;
  all(): readonly DeviceStatus[];
}

/** Apart from `Devices`, so that control cannot take what a device says of itself for a limit. */
export interface DeviceOffers {
  /** What its device says of a tag whose configuration says nothing; undefined: nothing either, or not asked yet. */
  offered(tag: Tag): PointFacts | undefined;
}

export interface SignInAnswer {
  readonly caller: Caller;
  readonly user: UserRecord;
  /** For the cookie: opaque, never stored in clear. */
  readonly cookie: string;
  readonly accessToken: string;
  readonly expiresInS: number;
  readonly stopToken: string;
}

export interface Origin {
  readonly address: string;
  readonly userAgent: string;
}

export interface Login {
  readonly username: string;
  readonly password: string;
  readonly otp?: string | undefined;
  readonly passkey?: PasskeyAnswer | undefined;
}

export interface SignIns {
  /**
   * @throws PlanciaError auth/failed, auth/slow-down (retryAfterS), the same answer for every wrong
   * combination; auth/otp-required only after the right password, also for a wrong code.
   */
  signIn(login: Login, origin: Origin): Promise<SignInAnswer>;
  /** The question to a passkey, after the right password alone. @throws as signIn; request/not-found, auth/passkeys-unavailable. */
  askPasskey(login: { username: string; password: string }, origin: Origin): Promise<PasskeyOptions>;
  /** First administrator by the one-time link. @throws auth/link-used, user/password-*, user/exists. */
  firstAdministrator(
    input: { secret: string; username: string; password: string; language: "it" | "en" },
    origin: Origin,
  ): Promise<SignInAnswer>;
  /** True while there is no enabled administrator. */
  firstRun(): Promise<boolean>;
  /** A fresh link's secret; the one before dies. Valid 15 min. */
  createFirstLink(): Promise<string>;
  /** From the cookie: a new access token and a rotated cookie. The one before holds 30 s. @throws auth/required. */
  refresh(cookie: string, origin: Origin): Promise<SignInAnswer>;
  signOut(caller: Caller): Promise<void>;
  /** Access token → caller with today's rights. @throws auth/required. */
  authenticate(
    accessToken: string,
    origin: Origin,
  ): Promise<{ readonly caller: Caller; readonly user: UserRecord; readonly expiresAtMs: number }>;
  /** Access token or stop token → caller; a stop token's caller has scope `stop`. @throws auth/required. */
  authenticateForStop(token: string, origin: Origin): Promise<{ readonly caller: Caller; readonly user: UserRecord }>;
  /** The same person with today's rights; undefined when the sign-in or the user has ended. */
  renew(caller: Caller): Promise<Caller | undefined>;
  /** Called within 1 s of any change of user, role, booking or sign-in, also by another process. */
  onChange(listener: () => void): () => void;
}

export interface PersonLink {
  readonly user: UserRecord;
  readonly secret: string;
  /** UTC ms. */
  readonly until: number;
}

export interface People {
  list(caller: Caller): Promise<readonly UserRecord[]>;
  add(
    caller: Caller,
    input: {
      name: string;
      role: Role;
      equipment: readonly string[];
      organisation?: string | undefined;
      /** Not given: no sign-in until a link was used, or a password is set. */
      password?: string | undefined;
      language: "it" | "en";
    },
  ): Promise<UserRecord>;
  /**
   * A one-time link by which somebody without a password chooses one, shown this once; the one before is
   * worth nothing. @throws PlanciaError auth/forbidden, auth/step-up-required, request/not-found, request/conflict.
   */
  link(caller: Caller, id: string): Promise<PersonLink>;
  change(
    caller: Caller,
    id: string,
    input: {
      role?: Role | undefined;
      equipment?: readonly string[] | undefined;
      organisation?: string | undefined;
      disabled?: boolean | undefined;
      password?: string | undefined;
      language?: "it" | "en" | undefined;
    },
  ): Promise<UserRecord>;
}

/** `visible` is the service's to say. */
export type AuditQuestion = Omit<AuditFilter, "visible"> & {
  readonly limit: number;
  /** From the answer before. */
  readonly next?: number | undefined;
};

export interface AuditAnswer {
  /** Newest first. There may be fewer than asked for although there are more: a long search is done in steps. */
  readonly entries: readonly StoredAuditEntry[];
  /** For the page behind; undefined: that was all. */
  readonly next: number | undefined;
}

export const auditFormats = ["jsonl", "csv"] as const;
export type AuditFormat = (typeof auditFormats)[number];

export interface AuditReading {
  /** @throws PlanciaError auth/forbidden, store/unavailable. */
  list(caller: Caller, question: AuditQuestion): Promise<AuditAnswer>;
  /**
   * Oldest first, with what proves it: docs/audit.md. On the record before its first character.
   * @throws PlanciaError auth/forbidden, store/unavailable, also on the way.
   */
  export(caller: Caller, format: AuditFormat, filter: Omit<AuditFilter, "visible">): Promise<AsyncIterable<string>>;
  /** Newest first, with the public key that they are signed with. @throws PlanciaError auth/forbidden. */
  anchors(caller: Caller, page: { limit: number; next?: number | undefined }): Promise<AnchorAnswer>;
  /** Walks the whole chain and holds the anchors against it. @throws PlanciaError auth/forbidden. */
  verify(caller: Caller): Promise<AuditVerdict>;
  /** Whether it can be written now; for every screen, health and metrics. */
  state(): AuditState;
  /** Called each time it cannot be written any more, and each time it can again. Returns what ends it. */
  onChange(listener: () => void): () => void;
}

export interface AuditState {
  /** False: every write but stop is refused. */
  readonly available: boolean;
  /** Entries that wait until it can be written. */
  readonly waiting: number;
  /** Entries lost since the process began. */
  readonly dropped: number;
}

export interface AnchorAnswer {
  /** Public key as PEM. */
  readonly pem: string;
  readonly anchors: readonly StoredAnchor[];
  readonly next: number | undefined;
}

export type AuditVerdict =
  | { readonly ok: true; readonly count: number; readonly head: string; readonly anchors: number }
  | { readonly ok: false; readonly count: number; readonly brokenAt: number; readonly why: string };

export interface Permitted {
  readonly allowed: boolean;
  readonly causes: readonly Cause[];
}

/** A declared command as it stands for a caller. */
export interface CommandStanding extends Permitted {
  /** Legal in the present state and mode (R35), whatever else stands in the way. */
  readonly legal: boolean;
  /** R20, as it stands. */
  readonly permit: Truth;
}

export interface EquipmentState {
  readonly equipment: Equipment;
  /** PackML word or `unknown`; undefined: no state declared. */
  readonly state: { readonly name: string; readonly since: number | undefined } | undefined;
  readonly mode: { readonly production: boolean | null; readonly value: Sample["value"] } | undefined;
  /** true REMOTE, false LOCAL, null not known; undefined: nothing declared. */
  readonly remote: boolean | null | undefined;
  readonly stop: Permitted;
  readonly commands: ReadonlyMap<string, CommandStanding>;
  /** By tag name, writable tags only. */
  readonly writes: ReadonlyMap<string, Permitted>;
  readonly links: readonly DeviceStatus[];
  readonly lockOuts: readonly LockOut[];
  readonly island: boolean;
  readonly chain: ChainState | undefined;
  readonly changeWaits: boolean;
  readonly bookingEnds: number | undefined;
}

export interface EquipmentReading {
  list(caller: Caller): readonly EquipmentState[];
  /** @throws request/not-found. */
  get(caller: Caller, id: string): EquipmentState;
  /** Visible tags whose full name matches one of the patterns. `refused`: the patterns that matched nothing visible. */
  tags(
    caller: Caller,
    patterns: readonly string[],
    /** What `visible` has just said, so that it is not asked again for every subscription. */
    visible?: ReadonlySet<string>,
  ): { readonly tags: readonly Tag[]; readonly refused: readonly string[] };
  /** Machines that the caller may see now; a tag is seen by whoever sees its machine. */
  visible(caller: Caller): ReadonlySet<string>;
  /** Whether the caller may see this tag now. */
  mayView(caller: Caller, tag: Tag): boolean;
}

/** A value for a tag, or arguments for a declared command. */
export interface Asking {
  readonly value?: unknown;
  readonly arguments?: Readonly<Record<string, unknown>> | undefined;
}

/** The second half of select before operate (R6). */
export interface OperateInput extends Asking {
  readonly ticket: string | undefined;
  readonly waitMs: number;
}

export interface CommandInput extends Asking {
  readonly target: string;
  readonly key: string;
  readonly ticket: string | undefined;
  readonly reason: string | undefined;
  readonly waitMs: number;
}

export interface Commands {
  /**
   * Runs the pipeline and answers when the command is final or `waitMs` is over. A refusal is an
   * answer (state REFUSED with its causes), not an exception. @throws request/not-found,
   * command/key-reused, request/invalid.
   */
  submit(caller: Caller, input: CommandInput): Promise<CommandRecord>;
  /**
   * R6: what was selected, with exactly the same values, by the same sign-in. Asked twice, the first
   * counts. A refusal is an answer. @throws request/not-found.
   */
  operate(caller: Caller, id: string, input: OperateInput): Promise<CommandRecord>;
  /** R42: by another person who may approve. A refusal is an answer. @throws request/not-found, auth/forbidden. */
  approve(caller: Caller, id: string, ticket: string | undefined): Promise<CommandRecord>;
  /** Takes a selection back, or declines to approve it. @throws request/not-found, auth/forbidden. */
  cancel(caller: Caller, id: string, reason?: string): Promise<CommandRecord>;
  /** What would be checked and written, without doing it. @throws request/not-found. */
  dryRun(caller: Caller, target: string, asking: Asking): DryRunAnswer;
  /** Every rule and condition as it stands for the caller now. @throws request/not-found. */
  why(caller: Caller, equipment: string, target: string): WhyAnswer;
  /** R10. Works with scope `stop`. @throws request/not-found, auth/forbidden. */
  stop(caller: Caller, equipment: string, input: StopInput): Promise<CommandRecord>;
  /** Every machine that the caller may stop. */
  stopAll(caller: Caller, input: StopInput): Promise<readonly CommandRecord[]>;
  /** Scope `stop` sees its own stop requests. @throws request/not-found. */
  get(caller: Caller, id: string): Promise<CommandRecord>;
  list(
    caller: Caller,
    filter: {
      equipment?: string | undefined;
      state?: CommandState | undefined;
      beforeId?: string | undefined;
      limit: number;
    },
  ): Promise<readonly CommandRecord[]>;
  /** Whether this record is the caller's to see now: for whoever hands events on. */
  maySee(caller: Caller, record: CommandRecord): boolean;
  /** Every change of every command, in order. */
  onEvent(listener: (record: CommandRecord) => void): () => void;
}

/** R2. One ticket a second is enough for all sockets; it says when it was issued and cannot be forged. */
export interface Tickets {
  current(): string;
}

export interface HistoryInput {
  readonly tags: readonly string[];
  readonly startMs: number;
  readonly endMs: number;
  readonly aggregate: HistoryQuery["aggregate"];
  readonly intervalMs?: number | undefined;
  readonly points?: number | undefined;
  /** Instead of both: buckets as a calendar has them; without a zone in the site's. */
  readonly calendar?: { readonly unit: CalendarUnit; readonly zone?: string | undefined } | undefined;
  /** For durationInState: the value as JSON writes it; left out: any that is not zero. */
  readonly state?: string | undefined;
  readonly limit: number;
  /** A page goes along the time, with the same buckets of every series; aggregates only. */
  readonly abreast?: boolean | undefined;
  readonly next?: string | undefined;
}

export interface HistoryReading {
  /**
   * Clipped to what the caller may see. The signal ends the work as well: nobody waits for the answer any more.
   * @throws request/not-found, history/range, history/unavailable.
   */
  query(caller: Caller, input: HistoryInput, signal?: AbortSignal): Promise<HistoryAnswer>;
  statistics(): HistoryStatistics;
  /** What lies where, by group of retention. @throws PlanciaError history/unavailable. */
  storage(): Promise<StorageReport>;
}

/** A booking with the name of its person, as people read it. */
export interface NamedBooking extends BookingRecord {
  readonly userName: string;
}

/** What may be changed of a booking. */
export interface BookingChange {
  readonly startMs?: number | undefined;
  readonly endMs?: number | undefined;
  readonly title?: string | undefined;
}

export interface Bookings {
  /** Those that overlap [fromMs, toMs): staff see their machines', a guest its own. By start. */
  list(
    caller: Caller,
    filter: { fromMs: number; toMs: number; equipment?: string | undefined },
  ): Promise<readonly NamedBooking[]>;
  /** @throws request/not-found. */
  get(caller: Caller, id: string): Promise<NamedBooking>;
  /** @throws booking/refused with every reason, booking/overlap. */
  create(
    caller: Caller,
    input: { equipment: string; userId: string; startMs: number; endMs: number; title: string },
  ): Promise<NamedBooking>;
  /** @throws request/conflict when it was changed meanwhile, booking/refused, booking/overlap. */
  change(caller: Caller, id: string, version: number, input: BookingChange): Promise<NamedBooking>;
  cancel(caller: Caller, id: string, version: number): Promise<NamedBooking>;
  /** For whom staff may book. */
  guests(caller: Caller): Promise<readonly { readonly id: string; readonly name: string }[]>;
}

/** The certificate that is in force. */
export interface ServerCertificate {
  /** Of our own, for browsers to install; undefined: the certificate came from files. */
  readonly authority: { readonly pem: string; readonly fingerprint: string; readonly endsAtMs: number } | undefined;
  readonly endsAtMs: number;
}

/** Everything behind the API. */
export interface UseCases {
  readonly plant: Plant;
  readonly version: string;
  readonly startedAtMs: number;
  readonly values: LiveValues;
  readonly devices: Devices;
  readonly offers: DeviceOffers;
  readonly derived: DerivedReading;
  readonly certificates: Certificates;
  readonly signIns: SignIns;
  readonly signInAlarms: SignInAlarms;
  readonly openSignIns: OpenSignIns;
  /** Sign-in at providers; none where it is not given. */
  readonly singleSignOn?: SingleSignOn | undefined;
  readonly screens: ScreenLocks;
  readonly factors: SecondFactors;
  readonly passkeys: Passkeys;
  readonly people: People;
  readonly grants: Grants;
  readonly programs: Programs;
  readonly organisations: Organisations;
  readonly members: Members;
  readonly joining: Joining;
  readonly bookings: Bookings;
  readonly audit: AuditReading;
  readonly notices: Notices;
  readonly equipment: EquipmentReading;
  readonly commands: Commands;
  readonly kiosks: Kiosks;
  readonly control: Control;
  readonly changes: ControlChanges;
  readonly configurations: Configurations;
  readonly tagSheets: TagSheets;
  readonly commissioning: CommissioningReading;
  readonly tickets: Tickets;
  readonly history: HistoryReading;
  readonly diagnostics: Diagnostics;
  /** Of the gateway's own TLS; undefined: it speaks without. */
  certificate?(): ServerCertificate | undefined;
  /** How the servers that the record is forwarded to are getting on; none where it is not given. */
  targets?(): readonly TargetStatus[];
  /** Callbacks of timers that failed since the process began. */
  /** How derived tags are getting on. */
  computed?(): DerivedCounts;
  timerFailures?(): number;
  /** Puts a CSV of the history on the audit's record before its first byte. @throws PlanciaError store/unavailable. */
  historyExported?(caller: Caller, what: { tags: readonly string[]; startMs: number; endMs: number }): Promise<void>;
  /**
   * Called when the API turned a caller away before any use case was asked, since his role lacks the
   * permission of the whole route: the place to audit it. Never throws.
   * @param permission undefined: a program asked for what only a person may.
   * @param route method and pattern, such as `POST /api/v1/commands`.
   */
  denied?(caller: Caller, permission: Permission | undefined, route: string): void;
}
