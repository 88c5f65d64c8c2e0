import type {
  CallArgument,
  DeviceSpec,
  DriverCapabilities,
  DriverModule,
  Point,
} from "../../gateway/core/driver-port.ts";
import type { Value } from "../../gateway/core/value.ts";

/** A point of the peer that can be read, and what must come. */
export interface ExpectedPoint {
  readonly point: Point;
  readonly value: Value;
}

/** A running peer with one device on it, and the hands to break it. Its values stand still unless told. */
export interface DriverPeer extends AsyncDisposable {
  readonly device: DeviceSpec;
  /** The driver's own time-out for this device, ms. */
  readonly timeoutMs: number;
  /** Points of every kind that the peer has, all Good. */
  readonly points: readonly ExpectedPoint[];
  /** A point that the peer does not have, among the others; and the quality it must get. */
  readonly broken: { readonly point: Point; readonly status: number };
  /** A writable point with values that it takes, different from each other and from the present one. */
  readonly writable: {
    readonly point: Point;
    readonly values: readonly [Value, Value, ...Value[]];
    readonly refused: Value;
  };
  /** What a stop request writes. */
  readonly stop: { readonly point: Point; readonly value: Value };
  /** Where the driver can call: a method, what it takes, gives back and refuses, and one that stops. */
  readonly method?:
    | {
        readonly address: unknown;
        readonly takes: readonly CallArgument[];
        readonly gives: readonly Value[];
        readonly refused: readonly CallArgument[];
        /** Cannot be told to the method in its type. */
        readonly unfit: readonly CallArgument[];
        readonly stop: unknown;
      }
    | undefined;
  /** Changes `writable.point` behind the driver's back; returns the new value. */
  change(): Value;
  /** Where the device speaks by itself and nobody can ask it: it tells all its values once, now. */
  announce?(): void;
  /** Names of what was written or called so far, as the peer received it: whatever arrived, also unanswered. */
  received(): readonly ("writable" | "stop" | "method")[];
  readonly faults: {
    /** Connections stay and open, and nothing is answered any more, as by a process that stands still. */
    silence(): Promise<void>;
    /** The connection goes and nobody listens. */
    cut(): Promise<void>;
    /** Each answer takes so long. */
    delay(ms: number): Promise<void>;
    /** The next write or call is carried out and not answered. */
    dropWriteAnswer(): Promise<void>;
    /** Where the driver reads: the answer to the next request comes only with that to the one behind it. */
    answerLate?(): Promise<void>;
    /** What stands on the wire is no answer of this protocol. */
    garbage(): Promise<void>;
    /** Where the device speaks by itself: messages that are well-formed and mean nothing, one of each kind. */
    nonsense?(): void;
    clear(): Promise<void>;
  };
}

export interface DriverRig {
  readonly driver: string;
  readonly capabilities: DriverCapabilities;
  load(): Promise<DriverModule>;
  /** Where the driver has a thread of its own: ends it. */
  endThread?(): void;
  start(): Promise<DriverPeer>;
}
