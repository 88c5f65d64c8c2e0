import type { IncomingMessage, ServerResponse } from "node:http";
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { Clock, Timers } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { UseCases } from "../services/use-cases.ts";
import type { Connections } from "./http/connections.ts";
import type { ApiLimits } from "./limits.ts";
import type { LiveHub } from "./live/hub.ts";
import type { Places } from "./places.ts";

/** The app with validation and answers typed by the wire schemas. */
export type ApiApp = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** What every route module receives. */
export interface ApiContext {
  readonly useCases: UseCases;
  readonly log: Log;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly limits: ApiLimits;
  readonly transport: "http" | "https";
  readonly live: LiveHub;
  /** History queries on their way. */
  readonly queries: Places<object>;
  readonly connections: Pick<Connections, "prove">;
}
