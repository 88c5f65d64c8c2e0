import { z } from "zod";
import { roles } from "../../core/access/policy.ts";
import { DeviceLink } from "./equipment.ts";
import { Instant, Text } from "./scalars.ts";

export const UserView = z.object({
  id: z.string(),
  name: z.string(),
  role: z.enum(roles),
  equipment: z.array(z.string()),
  organisation: z.string().optional(),
  language: z.enum(["it", "en"]),
  disabled: z.boolean(),
  /** Since when there is a second factor; absent: there is none. */
  factorSince: Instant.optional(),
  /** No password yet: a one-time link, a password set, or a provider lets this person in. */
  passwordless: z.literal(true).optional(),
  createdAt: Instant,
});
export type UserView = z.infer<typeof UserView>;

export const AddUser = z.strictObject({
  name: z.string().min(1).max(100),
  role: z.enum(roles),
  equipment: z.array(z.string().min(1).max(200)).max(200).default(["*"]),
  organisation: z.string().max(100).optional(),
  /** Not given: a one-time link is made next, `POST /users/{id}/link`. */
  password: z.string().min(1).max(1000).optional(),
  language: z.enum(["it", "en"]).default("it"),
});

/** `secret` is in this answer and nowhere else: it stands in `/#/join?secret=`. */
export const PersonLinkView = z.object({ user: UserView, secret: z.string(), until: Instant });
export type PersonLinkView = z.infer<typeof PersonLinkView>;

export const ChangeUser = z.strictObject({
  role: z.enum(roles).optional(),
  equipment: z.array(z.string().min(1).max(200)).max(200).optional(),
  organisation: z.string().min(1).max(100).optional(),
  disabled: z.boolean().optional(),
  password: z.string().min(1).max(1000).optional(),
  language: z.enum(["it", "en"]).optional(),
});

export const AuditRow = z.object({
  n: z.number(),
  at: Instant,
  class: z.enum(["intervention", "sign-in", "administration", "system"]),
  action: z.string(),
  who: z.string(),
  address: z.string().optional(),
  equipment: z.string().optional(),
  target: z.string().optional(),
  result: z.string().optional(),
  detail: z.record(z.string(), z.unknown()),
  hash: z.string(),
});
export type AuditRow = z.infer<typeof AuditRow>;

export const DeviceView = DeviceLink.extend({
  driver: z.string(),
  intervalMs: z.number(),
  tags: z.number(),
  nextRetryMs: z.number().optional(),
  reconnects: z.number(),
  /** Kept when the connection is back; absent: none since the start. */
  lastError: z.object({ text: z.string(), time: Instant }).optional(),
  /** Of the driver, for all devices of its protocol; absent: it runs in the gateway's own thread. */
  thread: z
    .object({
      running: z.boolean(),
      /** Since the gateway began. */
      restarts: z.number(),
      /** Why it ended last; absent: it never did. */
      lastEnd: z.object({ text: z.string(), time: Instant }).optional(),
    })
    .optional(),
  /** Over the last ten seconds, of its connection, which other devices may share; so are the statistics. */
  requestsPerS: z.number().optional(),
  /** NAMUR NE 107: failure, function check, out of specification, maintenance required, or good; with its reason. */
  namur: z.object({
    letter: z.enum(["F", "C", "S", "M", "good"]),
    reason: z.enum([
      "no-connection",
      "no-answer",
      "all-bad",
      "device-failure",
      "being-opened",
      "switched-off",
      "checking",
      "some-bad",
      "out-of-range",
      "refused-points",
      "often-lost",
      "none",
    ]),
    /** How many tags, where the reason is about tags. */
    tags: z.number().optional(),
  }),
  statistics: z
    .object({
      requests: z.number(),
      failures: z.number(),
      bytesIn: z.number(),
      bytesOut: z.number(),
      roundTripMs: z.object({ median: z.number(), p99: z.number() }).optional(),
      /** What the points became on the wire; `publishingMs` as the server granted it. */
      plan: z
        .object({
          of: z.enum(["blocks", "monitored-items", "topics"]),
          count: z.number(),
          publishingMs: z.number().optional(),
        })
        .optional(),
      /** Points that are read because the server does not tell of them by itself; `everyMs` the shortest period. */
      polling: z.object({ points: z.number(), everyMs: z.number(), why: z.string() }).optional(),
      /** Messages that a filter of the device's topics gives and that are no tag; the last topics, newest first. */
      unmapped: z.object({ count: z.number(), last: z.array(z.string()) }).optional(),
      detail: z.record(z.string(), z.union([z.number(), z.string()])).optional(),
    })
    .optional(),
});
export type DeviceView = z.infer<typeof DeviceView>;

/** A server that the record is forwarded to. Counts since the start of the gateway. */
export const TargetView = z.object({
  id: z.string(),
  kind: z.string(),
  url: z.string(),
  database: z.string(),
  state: z.enum(["starting", "current", "behind", "failing"]),
  sent: z.number(),
  leftOut: z.number(),
  expired: z.number(),
  quarantined: z.number(),
  behind: z.number(),
  /** Age of the moment up to which it has everything; absent: not known yet. */
  lagS: z.number().optional(),
  lastSentAt: Instant.optional(),
  error: z.string().optional(),
});
export type TargetView = z.infer<typeof TargetView>;

export const SystemView = z.object({
  version: z.string(),
  gateway: z.string(),
  site: z.object({ id: z.string(), name: z.string(), timezone: z.string(), phone: z.string().optional() }),
  now: Instant,
  uptimeS: z.number(),
  secondFactor: z.enum(["required", "off"]),
  tls: z.string(),
  /** Of the gateway's own TLS; `fingerprint` of its private authority, SHA-256. */
  certificate: z.object({ endsAt: Instant, fingerprint: z.string().optional() }).optional(),
  warnings: z.array(Text),
  history: z.object({
    samplesCommitted: z.number(),
    samplesDropped: z.number(),
    queued: z.number(),
    points: z.number(),
    bytesOnDisk: z.number(),
    fault: z.string().optional(),
    damage: z.array(z.string()),
  }),
  targets: z.array(TargetView),
  sockets: z.number(),
});
export type SystemView = z.infer<typeof SystemView>;

/** What may be known before sign-in: names to greet with, and whether the first administrator is missing. */
export const Greeting = z.object({
  site: z.string(),
  gateway: z.string(),
  /** IANA zone of the site: times on the screens are the hall's, wherever the reader sits. */
  timezone: z.string(),
  phone: z.string().optional(),
  firstRun: z.boolean(),
  /** Of the gateway's private certificate authority, SHA-256, where it has one: `/ca.pem`. */
  authority: z.string().optional(),
  languages: z.array(z.enum(["it", "en"])),
  /** What is recorded, why, whom to ask; not `checked`: as delivered. */
  notice: z.object({ version: z.string(), text: Text, checked: z.boolean() }),
});
export type Greeting = z.infer<typeof Greeting>;
