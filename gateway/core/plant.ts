import type { ProviderSettings } from "./access/identity-provider-port.ts";
import type { AuditKeep } from "./audit/retention.ts";
import type { VigilTimes } from "./control/are-you-there.ts";
import type { RecordingRule } from "./history/recording.ts";
import type { KeepSettings } from "./history/retention.ts";
import type { Text } from "./text.ts";
import type { DataType, Value } from "./value.ts";

/**
 * The plant as the configuration describes it, checked and resolved: durations in milliseconds,
 * names joined, handles given. Built once by `config/`, read by everyone, changed by nobody.
 */
export interface Plant {
  readonly gatewayId: string;
  readonly site: Site;
  readonly server: ServerSettings;
  readonly security: SecuritySettings;
  readonly historian: HistorianSettings;
  /** By driver, where the configuration says it. */
  readonly driverThreads?: ReadonlyMap<string, DriverThreadChoice> | undefined;
  readonly devices: readonly Device[];
  readonly equipment: readonly Equipment[];
  /** Index = handle. */
  readonly tags: readonly Tag[];
}

/** `own`: the driver runs in a thread of its own, which can fail alone. `gateway`: in the one of everything else. */
export type DriverThreadChoice = "own" | "gateway";

export interface Site {
  readonly id: string;
  readonly name: string;
  /** IANA zone. */
  readonly timezone: string;
  /** Begins of the shifts by the wall of the site, `HH:MM`; none where it is not given: a shift is a day. */
  readonly shifts?: readonly string[] | undefined;
  readonly phone: string | undefined;
  /** What people are told before they sign in, with its places still to be filled in. */
  readonly notice: SiteNotice;
}

export interface SiteNotice {
  readonly text: Text;
  readonly contact?: string | undefined;
  /** False: the text as delivered, which somebody at the firm has to check. */
  readonly checked: boolean;
}

export interface ServerSettings {
  readonly host: string;
  readonly port: number;
  readonly publicUrl: string | undefined;
  /** Origins besides our own that may open the WebSocket. */
  readonly origins: readonly string[];
  /** Addresses, or networks with a prefix, of proxies whose word about the caller is believed. */
  readonly trustedProxies: readonly string[];
  /** The one header of theirs that is read. */
  readonly proxyHeader: "x-forwarded-for" | "forwarded";
  readonly limits: ServerLimits;
  /** `mailto:` or https address of whoever is to be told of a weakness. */
  readonly securityContact?: string | undefined;
  /** `unset`: nothing was said, so only loopback may listen without TLS. */
  readonly tls: {
    readonly mode: "own" | "files" | "none" | "unset";
    readonly cert?: string;
    readonly key?: string;
    /** For `own`: further names and addresses of this gateway. */
    readonly names?: readonly string[];
  };
}

/** S21: nobody takes the gateway from the others. */
export interface ServerLimits {
  readonly requestsPerMinute: { readonly address: number; readonly user: number; readonly organisation: number };
  readonly sockets: { readonly all: number; readonly user: number; readonly organisation: number };
  /** History queries on their way at once. */
  readonly queries: { readonly user: number; readonly organisation: number };
}

export interface SignInLimits {
  /** Without a word of its page or program it ends, ms. */
  readonly idleMs: number;
  /** It ends, whatever happens, ms. */
  readonly longestMs: number;
  /** Without a sign of a person its screen is locked, ms. */
  readonly lockMs: number;
  /** Of one person at the same time; the one not seen for longest ends. */
  readonly most: number;
}

export interface AuditSettings {
  readonly keep: AuditKeep;
}

export interface SecuritySettings {
  readonly secondFactor: "required" | "off";
  readonly signIn: SignInLimits;
  /** R44: machines under one person's lease. */
  readonly span: { readonly staff: number; readonly guests: number };
  readonly audit: AuditSettings;
  /** So long before its end the own certificate for devices is renewed, ms; 30 days where it is not given. */
  readonly renewCertificatesMs?: number;
  /** S18: loopback and link-local addresses and networks that are called all the same; none where it is not given. */
  readonly outbound?: { readonly allow: readonly string[] };
  /** Where people may sign in besides here; none where it is not given. */
  readonly providers?: readonly ProviderSettings[];
}

export interface HistorianSettings {
  readonly store: "embedded";
  readonly commitMs: number;
  /** Samples that may wait for the disk before the oldest are dropped, counted. */
  readonly queueSamples: number;
  /** What is kept, and how long; everything for ever where it is not given. */
  readonly retention?: KeepSettings;
  /** Where the record is forwarded to. */
  readonly targets: readonly TargetSettings[];
}

/** A server that takes line protocol. */
export interface TargetSettings {
  readonly id: string;
  /** VictoriaMetrics would turn a text into 0, so it is sent none. */
  readonly kind: "influx" | "victoria-metrics";
  /** Base URL, without credentials and query. */
  readonly url: string;
  readonly database: string;
  readonly credentials: { readonly user: string; readonly password: string } | undefined;
  /** How long the server shall keep it; undefined: as the database has it. */
  readonly retentionMs: number | undefined;
  /** Patterns of full tag names. */
  readonly tags: readonly string[];
  readonly measurement: string;
  /** Samples of one request, at most. */
  readonly batchSamples: number;
  /** How long samples are gathered before they are sent. */
  readonly intervalMs: number;
  /** How long an answer may take. */
  readonly timeoutMs: number;
}

export interface Device {
  readonly id: string;
  readonly driver: string;
  readonly name: Text;
  /** Validated by the driver's own schema. */
  readonly settings: unknown;
  /** Poll period, or for subscribing drivers the publishing interval. */
  readonly intervalMs: number;
  /** Devices with the same text share one connection (a Modbus bus). */
  readonly channel: string;
}

export type CommandClass = "C0" | "C1" | "C2" | "C3";

export interface Writable {
  readonly class: CommandClass;
  /** Inclusive. */
  readonly limits: readonly [number, number] | undefined;
  /** Largest distance between present and new value. */
  readonly maxStep: number | undefined;
  /** Least time between two writes of this tag. */
  readonly everyMs: number | undefined;
  /** Only these values, if given. */
  readonly values: readonly Value[] | undefined;
  /** Machine states (PackML words) in which it may be written; undefined: any. */
  readonly states: readonly string[] | undefined;
  /** `commands`: no bare write, only as part of a declared command or stop. */
  readonly only: "commands" | undefined;
  /** Condition to judge the effect by; undefined: the read-back of the value itself. */
  readonly feedback: Feedback;
  /** CEL conditions that must hold; empty: none. */
  readonly interlocks: readonly Condition[];
  /** Whether a second person approves (R42); C3 always. */
  readonly approval: Approval;
  /** R12: what follows from it, in words; undefined: nothing said. */
  readonly consequence: Text | undefined;
}

/** R42. `preApproved`: values (inclusive) for which nobody needs to be asked; `any` for a command without a number. */
export interface Approval {
  readonly required: boolean;
  readonly preApproved: readonly [number, number] | "any" | undefined;
}

export interface Feedback {
  /** CEL over tags of this machine; undefined: the written value reads back. */
  readonly when: string | undefined;
  readonly withinMs: number;
  /** Largest difference between written and read value that still counts as equal. */
  readonly tolerance: number | undefined;
}

export interface Condition {
  readonly id: string;
  readonly name: Text;
  /** CEL. */
  readonly when: string;
}

export interface Tag {
  readonly handle: number;
  /** `equipment/id`. */
  readonly name: string;
  readonly id: string;
  readonly equipment: string;
  readonly label: Text;
  readonly device: string;
  /** Validated by the driver's address schema. */
  readonly address: unknown;
  readonly type: DataType;
  readonly unit: string | undefined;
  /** Decimals a person reads; undefined: as the value has. */
  readonly decimals: number | undefined;
  /** Scale of the indicator: what the instrument can show. */
  readonly range: readonly [number, number] | undefined;
  /** Normal band. */
  readonly normal: readonly [number, number] | undefined;
  /** The tag of the same machine that is this one's set-point. */
  readonly setpoint: string | undefined;
  /** Texts of values: `{ "0": "closed", "1": "open" }`. */
  readonly texts: ReadonlyMap<string, Text> | undefined;
  /** value = raw × scale + offset, applied by acquisition above the driver. */
  readonly scale: number;
  readonly offset: number;
  readonly intervalMs: number;
  /** Expected period of messages where nobody polls; freshness is judged by it. */
  readonly expectMs: number | undefined;
  readonly writable: Writable | undefined;
  readonly record: boolean;
  /** How aggregates of the history read it between two samples; stepped where it is not given. */
  readonly interpolation?: "stepped" | "sloped" | undefined;
  /** It counts up. `rollOver`: the first number that it never shows, in the unit of the value. */
  readonly counter?: { readonly rollOver: number | undefined } | undefined;
  /** What of it is recorded; undefined: every change. */
  readonly recording?: RecordingRule | undefined;
  readonly formerly: readonly string[];
  /** Computed by the gateway instead of read from a device: `device` is empty then, and it is never writable. */
  readonly derived?: Derived | undefined;
}

/** What a derived tag is made of. */
export interface Derived {
  /** CEL over other tags. */
  readonly expression: string;
  readonly over: OverTime | undefined;
  /** Full names of the tags that the expression reads, computed ones among them. */
  readonly inputs: readonly string[];
  /** Full names of the tags of devices that it stands on in the end. */
  readonly roots: readonly string[];
}

/** What is made of an expression's values in the course of time. */
export interface OverTime {
  readonly function: "total" | "integral" | "runningTime" | "minimum" | "maximum";
  /** When it begins anew. */
  readonly each: "shift" | "day" | "always";
  /** Of an integral or a running time: the unit of time that stands in the result. */
  readonly timeUnitMs: number;
  /** Of a total: the counter goes from this value minus one to 0. */
  readonly rollOver: number | undefined;
  /** So much of the time must be known for the value to be Good (OPC UA Part 13, PercentDataGood). */
  readonly percentGood: number;
}

/** One entry of a table of states: the first whose condition holds is the state. */
export interface StateCase {
  readonly state: string;
  readonly when: string;
}

export interface Equipment {
  readonly id: string;
  readonly name: Text;
  readonly area: string | undefined;
  readonly description: Text | undefined;
  readonly state:
    | { readonly tag: string; readonly model: "packml" }
    | { readonly cases: readonly StateCase[] }
    | undefined;
  readonly mode: { readonly tag: string; readonly production: number } | undefined;
  /** `none` is said aloud and shown; undefined where nothing can be commanded. */
  readonly local: { readonly tag: string; readonly remote: Value } | "none" | undefined;
  readonly lease: "required" | "off";
  readonly onLossOfControl: LossOfControl | undefined;
  readonly stop: StopDeclaration | undefined;
  readonly commands: readonly DeclaredCommand[];
  /** For every write but stop. */
  readonly interlocks: readonly Condition[];
  /** For every command of class C2 or C3 (what starts something). */
  readonly permissives: readonly Condition[];
  /** The real emergency-stop chain, shown read-only (R20). */
  readonly emergencyStop: EmergencyStop | undefined;
  /** What a phone may do here: watch and stop, or hold control too (R40). */
  readonly phoneControl: "watch" | "operate";
  /** Nobody stands beside it: its holder is asked "are you there?" (R43). */
  readonly unattended: boolean;
  /** undefined: as R43 has it. */
  readonly areYouThere?: VigilTimes | undefined;
  readonly heartbeat: Heartbeat | undefined;
  /** The device's own lock, taken together with the lease (OPC UA DI Locking, R40). */
  readonly deviceLock:
    | { readonly device: string /** Validated by the driver's lock schema. */; readonly address: unknown }
    | undefined;
  readonly commissioning: Commissioning | undefined;
  readonly tags: readonly Tag[];
  /** Tags shown on the overview tile, at most three. */
  readonly highlights: readonly string[];
  readonly phone: string | undefined;
  readonly bookable: boolean;
  /** The template that the machine was made of, and the table that it is a row of. */
  readonly madeOf?: { readonly template: string; readonly table: string | undefined } | undefined;
}

/** A constant, or the value of an argument of the command. */
export type Operand = { readonly value: Value } | { readonly argument: string };

/** R13: one step of a command. */
export type CommandStep = WriteStep | CallStep;

/** Writes a tag of the same machine, by its id. */
export type WriteStep = { readonly write: string } & Operand;

/** Calls a method of a device (OPC UA). */
export interface CallStep {
  readonly call: string;
  readonly device: string;
  /** Validated by the driver's method schema. */
  readonly method: unknown;
  readonly arguments: readonly (Operand & { readonly type: DataType })[];
}

/** R10: constants only, a level or an idempotent method. */
export interface StopDeclaration {
  readonly do: readonly CommandStep[];
  readonly feedback: { readonly when: string; readonly withinMs: number };
}

export interface CommandArgument {
  readonly id: string;
  readonly name: Text;
  readonly type: DataType;
  readonly unit: string | undefined;
  readonly decimals: number | undefined;
  /** Inclusive. */
  readonly limits: readonly [number, number] | undefined;
  readonly values: readonly Value[] | undefined;
  /** Offered by the screens; never filled in by the gateway. */
  readonly suggested: Value | undefined;
}

/**
 * R20. `signal`: read from the device at operate. `attendant`: somebody at the machine confirms at the
 * kiosk, good for `withinMs`. `warning`: the controller warns before it moves; `when` shows that it can.
 */
export type StartPermit =
  | { readonly kind: "signal"; readonly when: string }
  | { readonly kind: "attendant"; readonly withinMs: number }
  | { readonly kind: "warning"; readonly text: Text };

export interface DeclaredCommand {
  readonly id: string;
  readonly name: Text;
  readonly class: CommandClass;
  readonly do: readonly CommandStep[];
  readonly arguments: readonly CommandArgument[];
  readonly states: readonly string[] | undefined;
  readonly permit: StartPermit | undefined;
  readonly interlocks: readonly Condition[];
  readonly permissives: readonly Condition[];
  /** `when` is over tags of this machine and `args.NAME`. */
  readonly feedback: { readonly when: string; readonly withinMs: number } | undefined;
  readonly approval: Approval;
  /** R12, in words. */
  readonly consequence: Text | undefined;
}

/** R15. `command`: what `hold` (and `finish-cycle`, where the machine has such a thing) runs. */
export interface LossOfControl {
  readonly policy: "continue" | "finish-cycle" | "hold" | "stop";
  readonly graceMs: number;
  readonly command: string | undefined;
}

/** `closed`: the tag's value with the chain closed. `reset`: CEL, true once it was reset at the machine. */
export interface EmergencyStop {
  readonly tag: string;
  readonly closed: Value;
  readonly reset: string | undefined;
}

/** R15: written by the gateway itself, each on its own, so that the controller can react when either is gone. */
export interface Heartbeat {
  /** A whole-number tag that counts up while the gateway lives. */
  readonly gateway: string | undefined;
  /** A boolean tag: somebody holds control and answers. */
  readonly operator: string | undefined;
  readonly everyMs: number;
}

/** R19: what the sheet of a machine says beside what the configuration already shows. */
export interface Commissioning {
  readonly hazards: readonly Text[];
  readonly measures: readonly Text[];
  readonly signedBy: string | undefined;
  /** ISO date. */
  readonly signedOn: string | undefined;
}
