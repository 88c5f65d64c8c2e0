import { z } from "zod";
import type { Me } from "./auth.ts";
import type { Command } from "./command.ts";
import type { JsonValue, Text } from "./scalars.ts";

/** WebSocket `/api/v1/live`, subprotocol `plancia.v1`. Client to gateway. */
export const ClientMessage = z.discriminatedUnion("type", [
  /** `since`: the last event seen before; what came after it follows in order, then the rest as it happens. */
  z.strictObject({
    type: z.literal("authenticate"),
    token: z.string().max(4000),
    since: z.number().int().min(0).optional(),
  }),
  z.strictObject({
    type: z.literal("subscribe"),
    id: z.number().int().min(0),
    tags: z.array(z.string().max(200)).min(1).max(1000),
    intervalMs: z.number().int().min(50).max(60_000).default(100),
  }),
  z.strictObject({ type: z.literal("unsubscribe"), id: z.number().int().min(0) }),
  z.strictObject({ type: z.literal("events"), since: z.number().int().min(0).optional() }),
  /** The page's answer to `lease-prompt` (R40). `visible`: it is in front; `active`: a person touched it since the last answer (R43). */
  z.strictObject({
    type: z.literal("lease-alive"),
    n: z.number().int().min(0),
    visible: z.boolean(),
    active: z.boolean().default(false),
  }),
  /** A person touched the page: what keeps its screen from being locked. Once in ten seconds is enough. */
  z.strictObject({ type: z.literal("active") }),
]);
export type ClientMessage = z.infer<typeof ClientMessage>;

/** handle, value, status, source time in ms. */
export type WireSample = readonly [number, JsonValue, number, number];

/** `unavailable`: every write but stop is refused. */
export type AuditBeat = "written" | "unavailable";

export interface LinkBeat {
  readonly device: string;
  readonly state: "connecting" | "connected" | "lost" | "off";
  /** Milliseconds since last proven alive; null: never. */
  readonly ageMs: number | null;
}

export type ServerMessage =
  | {
      readonly type: "authenticated";
      readonly user: Me;
      readonly expiresAt: number /** Number of the newest event. */;
      readonly seq: number;
    }
  | {
      readonly type: "subscribed";
      readonly id: number;
      readonly tags: readonly {
        readonly handle: number;
        readonly tag: string;
        readonly unit?: string;
        readonly type: string;
      }[];
      readonly refused: readonly string[];
    }
  | { readonly type: "samples"; readonly at: number; readonly samples: readonly WireSample[] }
  | {
      readonly type: "beat";
      readonly at: number;
      readonly ticket: string;
      readonly audit: AuditBeat;
      readonly links: readonly LinkBeat[];
    }
  | { readonly type: "conflated"; readonly count: number }
  | { readonly type: "revoked"; readonly handles: readonly number[] }
  /** Role, second factor or the lock of the screen of this sign-in changed. */
  | { readonly type: "person"; readonly user: Me }
  | { readonly type: "event"; readonly seq: number; readonly event: LiveEvent }
  /** Every 5 s to the sockets of whoever has control; unanswered for 15 s it ends (R40). */
  | { readonly type: "lease-prompt"; readonly equipment: string; readonly n: number }
  | { readonly type: "error"; readonly code: string; readonly detail?: string };

export type LiveEvent =
  | { readonly kind: "command"; readonly command: z.infer<typeof Command> }
  | { readonly kind: "equipment"; readonly equipment: string }
  | { readonly kind: "bookings" }
  /** One came or was acknowledged: `GET /sign-in-alarms` says what stands. */
  | { readonly kind: "sign-in-alarms" }
  | {
      readonly kind: "lease";
      readonly equipment: string;
      readonly change: LeaseChange;
      /** Who has control now. */
      readonly holder: string | null;
      /**
       * Who brought the change about, and why: in a person's words, of `ended` one of `leaseEnds` in
       * `core/control/lease.ts`, of `withdrawn` `unanswered` where nobody took it back.
       */
      readonly by?: string | undefined;
      readonly reason?: string | undefined;
    }
  /** Told to whoever is on call: nobody answers for a machine, or a loss policy ran. */
  | { readonly kind: "on-call"; readonly equipment: string; readonly at: number; readonly text: Text };

export type LeaseChange =
  | "taken"
  | "released"
  | "requested"
  | "withdrawn"
  | "declined"
  | "handed-over"
  | "forced"
  /** Its holder was gone for 15 s. */
  | "expired"
  /** Key, lock-out, island, booking's end or a right that went: `reason` says which. */
  | "ended";
