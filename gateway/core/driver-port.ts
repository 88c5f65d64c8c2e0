import type { Clock, Timers } from "./clock.ts";
import type { Log } from "./log.ts";
import type { DataType, Value } from "./value.ts";

/**
 * The port between acquisition and a device protocol. A driver is dumb: it speaks the protocol and
 * knows nothing of buses of samples, history, users, retry or schedules. Acquisition owns polling,
 * back-off, opening connections, freshness, scaling and quality.
 *
 * Order of calls, by acquisition only: `create` → `connect` → (`read` | `subscribe` | `write` | `call` …)* →
 * `close`. One channel is one connection to the outside (a TCP connection, a serial line, a session)
 * and may serve several devices. After `lost`, acquisition calls `close` and later makes a new
 * channel; a closed channel is never reused.
 */

/** One point as the driver sees it. Its object identity is stable, so plans may be cached by it. */
export interface Point<Address = unknown> {
  readonly handle: number;
  readonly address: Address;
  readonly type: DataType;
  readonly writable: boolean;
}

export interface DeviceSpec<Settings = unknown> {
  readonly id: string;
  readonly settings: Settings;
  readonly intervalMs: number;
}

/** What a driver found at a point. No value with a Bad status. */
export interface Reading {
  readonly value: Value;
  readonly status: number;
  /** Milliseconds UTC where the device gives one. */
  readonly sourceTime?: number | undefined;
  /** True where it is no proof that the device lives: a message that somebody kept, a last will (R16). */
  readonly unproven?: boolean | undefined;
}

export interface ChannelContext {
  /** Where a driver may keep files of its own (certificates): a folder of its name under the data folder. */
  readonly folder: string;
  readonly log: Log;
  readonly clock: Clock;
  readonly timers: Timers;
  /** The connection is gone, found outside of a call. May be called once; later calls are ignored. */
  lost(error: Error): void;
}

/** What a read waits behind; see `Channel.read`. */
export type ReadLane = "poll" | "verify" | "stop";

export type WriteLane = "normal" | "stop";

/** What may be taken back as long as it waits: an `AbortSignal`, or whatever else is asked when its turn comes. */
export type Withdrawn = Pick<AbortSignal, "aborted">;

export interface WriteRequest {
  readonly device: string;
  readonly point: Point;
  /** Raw: scaling has been undone. Of the point's type. */
  readonly value: Value;
  /**
   * Monotonic milliseconds after which it must not go out. Checked when it is dequeued, right before
   * the bytes leave; a stop too, since one kept for later might stop what was started since.
   */
  readonly notAfterMs: number;
  /** `stop` goes before everything that waits, and never waits behind a queue of ours. */
  readonly lane: WriteLane;
  /**
   * Once it is aborted the write must not go out any more (R10); looked at where `notAfterMs` is, before it. Looking
   * may let a stop request in, which is sent before it returns: whether the wire is free is looked at again after it.
   */
  readonly withdrawn?: Withdrawn | undefined;
}

/**
 * `written`: the device confirmed receipt (not effect). `rejected`: the device said no, nothing
 * changed. `not-sent`: no byte left, with the reason. `unknown`: bytes left and no answer came; it
 * may or may not have arrived, and nobody sends it again (R5). `sentAtMs` is monotonic.
 */
export type WriteResult =
  | { readonly outcome: "written"; readonly sentAtMs: number }
  | { readonly outcome: "rejected"; readonly sentAtMs: number; readonly status: number; readonly detail: string }
  | {
      readonly outcome: "not-sent";
      readonly reason: "expired" | "withdrawn" | "not-connected" | "not-supported";
      readonly detail: string;
    }
  | { readonly outcome: "unknown"; readonly sentAtMs: number; readonly detail: string };

/** What a method takes, in the type that it declares for it. */
export interface CallArgument {
  readonly value: Value;
  readonly type: DataType;
}

/** A method of a device, called once (R13). The rules of a write are those of a call. */
export interface CallRequest<Method = unknown> {
  readonly device: string;
  /** As the driver's own `method` schema gives it. */
  readonly method: Method;
  /** In the method's order. */
  readonly arguments: readonly CallArgument[];
  /** Monotonic milliseconds, as of a write. */
  readonly notAfterMs: number;
  readonly lane: WriteLane;
  readonly withdrawn?: Withdrawn | undefined;
}

/**
 * As of a write; `written`: the device says that it did it. `outputs` are what the method gave back, in
 * its order, the first 100; null stands for what no tag could hold (arrays, structures).
 */
export type CallResult =
  | (Extract<WriteResult, { outcome: "written" }> & { readonly outputs: readonly Value[] })
  | Exclude<WriteResult, { outcome: "written" }>;

/**
 * `granted`: the device says that the lock is ours. `refused`: it is not, or nobody knows; with the
 * words for a person. `unsupported`: the device has no lock there.
 */
export type LockResult =
  | {
      readonly outcome: "granted";
      /** How long it lasts without a renewal, ms, where the device tells. */
      readonly remainingMs?: number | undefined;
    }
  | { readonly outcome: "refused"; readonly detail: string }
  | { readonly outcome: "unsupported"; readonly detail: string };

/**
 * The device's own lock (R40), which keeps its other clients from changing anything. It ends with the
 * channel, or when it is not renewed. `address` is as the driver's own `lock` schema gives it. Nothing throws.
 */
export interface DeviceLocks {
  /** A lock that comes when `signal` has ended the waiting is given back at once. */
  lock(device: string, address: unknown, signal: AbortSignal): Promise<LockResult>;
  /** Refused where it is not ours any more: whoever holds control learns so. */
  renew(device: string, address: unknown, signal: AbortSignal): Promise<LockResult>;
  /** `granted`: the device holds no lock of ours any more. */
  unlock(device: string, address: unknown, signal: AbortSignal): Promise<LockResult>;
}

/** Receives what a subscription brings. */
export interface ReadingSink {
  /** `handles[i]` brought `readings[i]`. */
  readings(device: string, handles: readonly number[], readings: readonly Reading[]): void;
  /** The channel proved that it lives (publish or keep-alive response) for these handles; all of the device without them (R16). */
  alive(device: string, handles?: readonly number[]): void;
}

export interface BrowseEntry {
  /** As it would stand under `address:` in the configuration, of a method under `call:`. */
  readonly address: unknown;
  readonly path: string;
  readonly name: string;
  readonly kind: "folder" | "variable" | "method";
  readonly type?: DataType | undefined;
  readonly writable?: boolean | undefined;
  readonly unit?: string | undefined;
  readonly range?: readonly [number, number] | undefined;
  /** Texts of values, by the value's figures, `true` or `false`. */
  readonly texts?: Readonly<Record<string, string>> | undefined;
  /** Of a structure: how many of its fields can be tags; they stand one level below its path. */
  readonly fields?: number | undefined;
}

/** What a device says of a point, for people: nothing of it allows, limits or converts anything. */
export interface PointFacts {
  readonly unit?: string | undefined;
  readonly range?: readonly [number, number] | undefined;
  /** Texts of values, by the value's figures, `true` or `false`. */
  readonly texts?: Readonly<Record<string, string>> | undefined;
}

export interface ChannelPlan {
  /** Blocks read in one request each, monitored items that the server made, topics subscribed to. */
  readonly of: "blocks" | "monitored-items" | "topics";
  readonly count: number;
  /** The slowest publishing interval that a server granted, ms. */
  readonly publishingMs?: number | undefined;
}

/** Points that a server which should tell of them by itself does not, so that they are read. */
export interface ChannelPolling {
  readonly points: number;
  /** The shortest period of them, ms. */
  readonly everyMs: number;
  /** In words. */
  readonly why: string;
}

/** What came and is no tag, where the configuration says what could be one. */
export interface UnmappedMessages {
  readonly count: number;
  /** Where the last of them came from, the newest first; at most 20. */
  readonly last: readonly string[];
}

/** Counters of a channel for the devices page and the metrics; all since its creation. */
export interface ChannelStatistics {
  readonly requests: number;
  readonly failures: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Median and 99th percentile of the last few hundred round trips, ms; undefined before the first. */
  readonly roundTripMs?: { readonly median: number; readonly p99: number } | undefined;
  /** What the points of all its devices became on the wire. */
  readonly plan?: ChannelPlan | undefined;
  /** Undefined where nothing is polled that was meant to be subscribed to. */
  readonly polling?: ChannelPolling | undefined;
  readonly unmapped?: UnmappedMessages | undefined;
  /** Protocol's own words: blocks planned, subscriptions, … */
  readonly detail?: Readonly<Record<string, number | string>> | undefined;
}

export interface Channel {
  /** @throws PlanciaError device/connection-lost, device/untrusted or device/settings. */
  connect(signal: AbortSignal): Promise<void>;
  /** Ends everything; open requests end with an error or `unknown`. Never throws; may be called twice. */
  close(): Promise<void>;
  /**
   * Reads all points of one device, one reading per point in the same order. A fault of a point is
   * a Bad reading; a device that does not answer is Bad readings with Bad_Timeout or
   * Bad_NoCommunication; it throws only when the channel itself is gone (device/connection-lost).
   * Reads of different devices may overlap; the channel orders them fairly.
   * @param lane `verify`: goes before waiting polls, since a person waits for it. `stop`: in turn with stop
   * requests, so that those which are repeated do not keep their own feedback from being read (R10).
   */
  read?(device: string, points: readonly Point[], signal: AbortSignal, lane: ReadLane): Promise<readonly Reading[]>;
  /** Subscribes all points of one device; called once per device after connect. */
  subscribe?(device: string, points: readonly Point[], sink: ReadingSink, signal: AbortSignal): Promise<void>;
  /** Writes once, never by itself a second time. Never throws. */
  write?(request: WriteRequest): Promise<WriteResult>;
  /** Calls once, never by itself a second time; in turn with the writes of its channel. Never throws. */
  call?(request: CallRequest): Promise<CallResult>;
  /** The locks of its devices, where the protocol has such a thing. */
  readonly locks?: DeviceLocks | undefined;
  /** What the device says of these points, in order; asked once after connecting. */
  describe?(device: string, points: readonly Point[], signal: AbortSignal): Promise<readonly PointFacts[]>;
  browse?(device: string, path: string, signal: AbortSignal): Promise<readonly BrowseEntry[]>;
  statistics(): ChannelStatistics;
}

/** What a driver folder offers, without its code: that is loaded when a device names it. */
export interface DriverCapabilities {
  readonly read: boolean;
  readonly subscribe: boolean;
  readonly write: boolean;
  readonly call: boolean;
  readonly lock: boolean;
  readonly browse: boolean;
}

export interface DriverModule {
  createChannel(devices: readonly DeviceSpec[], context: ChannelContext): Channel;
}

/** The thread of its own that a driver runs in, for people. */
export interface DriverThreadFacts {
  readonly running: boolean;
  /** Since the gateway began. */
  readonly restarts: number;
  /** Why it ended last, in words; `at` is UTC ms. Undefined: it never did. */
  readonly lastEnd: { readonly text: string; readonly at: number } | undefined;
}

/** One certificate of a device, or the gateway's own, as a person judges it. */
export interface CertificateEntry {
  /** SHA-256 of the certificate, 64 small hexadecimal digits. */
  readonly fingerprint: string;
  /** `quarantine`: unknown until now, refused, waits for a person. `rejected`: a person said no. */
  readonly state: "trusted" | "quarantine" | "rejected";
  /** `authority`: what it signs is believed. `issuer`: completes chains, trusted by nothing. */
  readonly role: "device" | "authority" | "issuer";
  readonly subject: string;
  readonly issuer: string;
  readonly applicationUri: string | undefined;
  /** DNS names and IP addresses that it is made for. */
  readonly hosts: readonly string[];
  /** Milliseconds UTC. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** Devices that presented it, where it was last seen, and why it was refused. */
  readonly devices: readonly string[];
  readonly endpoint: string | undefined;
  readonly reason: string | undefined;
  /** Milliseconds UTC. */
  readonly lastSeen: number | undefined;
  /** The authority through which a device's certificate is trusted; undefined: it is trusted itself, or not. */
  readonly authority?: string | undefined;
  /** What was taken back since it was trusted, in words: revoked, its authority is trusted no more. */
  readonly against?: string | undefined;
}

/** The gateway's own certificate, which the devices must trust. */
export interface OwnCertificateEntry {
  readonly pem: string;
  /** SHA-256, 64 small hexadecimal digits. */
  readonly fingerprint: string;
  readonly subject: string;
  readonly applicationUri: string;
  /** Where it lies in DER form. */
  readonly file: string;
  /** Milliseconds UTC. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** The one that was in use before, offered where a device refuses this one, until its own end. */
  readonly before?: { readonly pem: string; readonly fingerprint: string; readonly notAfter: number } | undefined;
  /** A person went back to this one: it is not renewed by itself before its end. */
  readonly kept: boolean;
}

/** What an authority has revoked (RFC 5280 §5). */
export interface RevocationListEntry {
  /** SHA-256 of the list, 64 small hexadecimal digits. */
  readonly fingerprint: string;
  readonly issuer: string;
  /** Milliseconds UTC; from `nextUpdate` on a newer one is needed. */
  readonly thisUpdate: number;
  readonly nextUpdate: number;
  /** How many certificates it names. */
  readonly entries: number;
}

/**
 * A driver's trust list on disk, for people who decide. Works on `ChannelContext.folder` alone,
 * whether a gateway runs on it or not; a channel reads the list each time it connects.
 */
export interface CertificateDesk {
  list(folder: string): Promise<readonly CertificateEntry[]>;
  /** @param which fingerprint (colons and case do not matter), at least 16 digits of its beginning, or a device's id.
   *  @throws PlanciaError request/not-found; request/conflict where several are meant. */
  trust(folder: string, which: string): Promise<CertificateEntry>;
  /** @throws PlanciaError as `trust`. */
  reject(folder: string, which: string): Promise<CertificateEntry>;
  /** The one that `trust` or `reject` would decide on. @throws PlanciaError as `trust`. */
  find(folder: string, which: string, wanted: "trusted" | "rejected"): Promise<CertificateEntry>;
  /** What a certificate given as PEM text says of itself. @throws PlanciaError request/invalid. */
  read(pem: string): Pick<CertificateEntry, "fingerprint" | "subject">;
  /** Takes a certificate given as PEM text as what a person says that it is. @throws PlanciaError request/invalid. */
  add(folder: string, pem: string, role: CertificateEntry["role"]): Promise<CertificateEntry>;
  revocations(folder: string): Promise<readonly RevocationListEntry[]>;
  /** What a revocation list (DER, PEM, base64) says of itself. @throws PlanciaError request/invalid. */
  readRevocations(content: string | Uint8Array): RevocationListEntry;
  /** In place of the older one of the same authority. @throws PlanciaError request/invalid, in words. */
  addRevocations(folder: string, content: string | Uint8Array, now: number): Promise<RevocationListEntry>;
  /** The gateway's own, made when there is none. */
  own(folder: string): Promise<OwnCertificateEntry>;
  /** When it ends, ms UTC; undefined: there is none yet. */
  ownEnds(folder: string): Promise<number | undefined>;
  /** A new one with a new key for the same application; the one until now is kept. */
  renewOwn(folder: string, now: number): Promise<OwnCertificateEntry>;
  /** Back to the one of before. @throws PlanciaError request/conflict where there is none that is good. */
  goBackToOwn(folder: string, now: number): Promise<OwnCertificateEntry>;
}
