import type { MessagePort } from "node:worker_threads";
import type { CallArgument, ChannelStatistics, DeviceSpec, Point, ReadLane, WriteLane } from "../core/driver-port.ts";
import type { Value } from "../core/value.ts";
import type { Failure } from "./failure.ts";
import type { PackedReadings } from "./packed-readings.ts";

/** What a driver's thread is started with. Settings of devices, and with them secrets, come with their channel only. */
export interface ThreadData {
  readonly driver: string;
  /** Where the driver's code lies, `file:`. */
  readonly code: string;
  readonly shared: SharedArrayBuffer;
  /** Stop requests alone come here, and are looked at before anything else. */
  readonly stop: MessagePort;
  readonly beatEveryMs: number;
  /** What `process.hrtime` said when the gateway's monotonic clock was zero, ms. */
  readonly gatewayOffsetMs: number;
}

/**
 * Points keep their identity in the thread (`Point`): each has a number, and crosses once. `fresh`: those that the
 * thread has not got yet, or may not have got yet, each with its number.
 */
export interface GivenPoints {
  readonly numbers: Uint32Array;
  readonly fresh: readonly (readonly [number: number, point: Point])[];
}

interface Order {
  readonly device: string;
  readonly notAfterMs: number;
  readonly lane: WriteLane;
  /** Whether it can be taken back: then the gateway is asked right before the bytes leave. */
  readonly asks: boolean;
}

/** One call of the driver port (`Channel`). */
export type ChannelCall =
  | {
      readonly do: "connect";
      readonly folder: string;
      readonly devices: readonly (readonly [number: number, device: DeviceSpec])[];
    }
  | { readonly do: "close" }
  | { readonly do: "read"; readonly device: string; readonly points: GivenPoints; readonly lane: ReadLane }
  | { readonly do: "subscribe" | "describe"; readonly device: string; readonly points: GivenPoints }
  | ({ readonly do: "write"; readonly points: GivenPoints; readonly value: Value } & Order)
  | ({ readonly do: "call"; readonly method: unknown; readonly arguments: readonly CallArgument[] } & Order)
  | { readonly do: "lock" | "renew" | "unlock"; readonly device: string; readonly address: unknown }
  | { readonly do: "browse"; readonly device: string; readonly path: string };

export type ToThread =
  | { readonly type: "call"; readonly id: number; readonly channel: number; readonly call: ChannelCall }
  /** The signal of a call was aborted, also long after its answer: a subscription lasts as long as its signal. */
  | { readonly type: "cancel"; readonly id: number; readonly why: Failure }
  | { readonly type: "statistics"; readonly channel: number };

/** Of a channel, or of the thread itself. */
export interface LogLine {
  readonly type: "log";
  readonly channel: number | undefined;
  readonly level: "debug" | "info" | "warn" | "error";
  readonly fields: object;
  readonly message: string;
}

export type FromThread =
  | { readonly type: "ready" }
  | { readonly type: "answer"; readonly id: number; readonly value: unknown }
  | { readonly type: "failure"; readonly id: number; readonly failure: Failure }
  /** Whether call `id` has been taken back; the answer goes into the shared memory. */
  | { readonly type: "ask"; readonly id: number; readonly question: number }
  | {
      readonly type: "readings";
      readonly id: number;
      readonly channel: number;
      readonly device: string;
      readonly handles: Uint32Array;
      readonly packed: PackedReadings;
    }
  | {
      readonly type: "alive";
      readonly id: number;
      readonly channel: number;
      readonly device: string;
      readonly handles: Uint32Array | undefined;
    }
  | { readonly type: "lost"; readonly channel: number; readonly failure: Failure }
  | { readonly type: "statistics"; readonly channel: number; readonly statistics: ChannelStatistics }
  | LogLine;
