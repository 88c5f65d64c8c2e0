import type { ServerLimits } from "../core/plant.ts";
import type { ConnectionLimits } from "./http/connections.ts";
import type { SmallBodyLimits } from "./http/small-body.ts";

/** Bounds of one gateway's outside. Each is counted when it bites (see metrics). */
export interface ApiLimits extends ConnectionLimits {
  readonly bodyBytes: number;
  /** What a stop request may bring along; the rest is left aside. */
  readonly stopBody: SmallBodyLimits;
  readonly urlCharacters: number;
  /** Requests of one address a minute, stop requests apart. */
  readonly requestsPerMinute: number;
  /** Of one person, and of everybody of one organisation together; stop requests never (R10). */
  readonly userRequestsPerMinute: number;
  readonly organisationRequestsPerMinute: number;
  /** History queries on their way at once, of one person and of one organisation. */
  readonly userQueries: number;
  readonly organisationQueries: number;
  /** Stop requests of one address a minute by people who may not stop; those who may have no limit (R10). */
  readonly stopsPerMinute: number;
  /** Milliseconds until all headers must be here, and the whole request. */
  readonly headersMs: number;
  readonly requestMs: number;
  readonly live: LiveLimits;
}

export interface LiveLimits {
  readonly sockets: number;
  /** Sockets that have not yet said who they are. */
  readonly strangers: number;
  readonly socketsPerUser: number;
  readonly socketsPerOrganisation: number;
  readonly subscriptionsPerSocket: number;
  /** Tags of all subscriptions of one socket together. */
  readonly tagsPerSocket: number;
  readonly messageBytes: number;
  readonly messagesPerSecond: number;
  readonly messageBurst: number;
  /** Messages that were not understood before the socket is closed. */
  readonly malformed: number;
  /** Bytes waiting for a slow reader before its samples are conflated. */
  readonly bufferBytes: number;
  /** Events kept for readers that come back with `since`. */
  readonly events: number;
  readonly authenticateMs: number;
  readonly pingMs: number;
}

export const defaultLimits: ApiLimits = {
  bodyBytes: 256 * 1024,
  stopBody: { bytes: 16 * 1024, waitMs: 250 },
  urlCharacters: 8192,
  requestsPerMinute: 3000,
  userRequestsPerMinute: 1500,
  organisationRequestsPerMinute: 6000,
  userQueries: 6,
  organisationQueries: 12,
  stopsPerMinute: 600,
  connections: 4000,
  connectionsPerAddress: 2000,
  connectionsReserved: 500,
  strangersPerAddress: 256,
  strangerIdleMs: 10_000,
  headersMs: 10_000,
  requestMs: 30_000,
  live: {
    sockets: 1000,
    strangers: 200,
    socketsPerUser: 50,
    socketsPerOrganisation: 200,
    subscriptionsPerSocket: 50,
    tagsPerSocket: 20_000,
    messageBytes: 64 * 1024,
    messagesPerSecond: 50,
    messageBurst: 200,
    malformed: 3,
    bufferBytes: 256 * 1024,
    events: 2000,
    authenticateMs: 5000,
    pingMs: 15_000,
  },
};

/** What the configuration says of them. */
export function configuredLimits({ requestsPerMinute, sockets, queries }: ServerLimits): LimitsWanted {
  return {
    requestsPerMinute: requestsPerMinute.address,
    userRequestsPerMinute: requestsPerMinute.user,
    organisationRequestsPerMinute: requestsPerMinute.organisation,
    userQueries: queries.user,
    organisationQueries: queries.organisation,
    live: {
      sockets: sockets.all,
      socketsPerUser: sockets.user,
      socketsPerOrganisation: sockets.organisation,
    },
  };
}

export type LimitsWanted = Partial<Omit<ApiLimits, "live">> & { readonly live?: Partial<LiveLimits> };

/** The defaults with what the caller wants otherwise. */
export function limitsWith(wanted: LimitsWanted = {}): ApiLimits {
  return { ...defaultLimits, ...wanted, live: { ...defaultLimits.live, ...wanted.live } };
}
