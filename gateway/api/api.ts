import type { Server as HttpServer } from "node:http";
import { Server as HttpsServer } from "node:https";
import fastifyCookie from "@fastify/cookie";
import fastifyHelmet from "@fastify/helmet";
import fastifyRateLimit from "@fastify/rate-limit";
import { type FastifyInstance, fastify } from "fastify";
import { serializerCompiler, validatorCompiler } from "fastify-type-provider-zod";
import { addressBlock } from "../core/address-block.ts";
import type { Clock, Timers } from "../core/clock.ts";
import { PlanciaError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import type { UseCases } from "../services/use-cases.ts";
import type { ApiApp, ApiContext } from "./context.ts";
import { authorityRoute } from "./http/authority.ts";
import { Connections } from "./http/connections.ts";
import { dashboardRoutes } from "./http/dashboard.ts";
import { describeRoutes, docsRoutes } from "./http/docs.ts";
import { callerAddress } from "./http/forwarded.ts";
import { securityHeaders } from "./http/headers.ts";
import { healthRoutes } from "./http/health.ts";
import { admission } from "./http/identity.ts";
import { metricsRoute, RequestCounts } from "./http/metrics.ts";
import { answerWithProblem, sendProblem } from "./http/problems.ts";
import { PeopleRates } from "./http/rates.ts";
import { RequestTurns } from "./http/request-turns.ts";
import { within } from "./http/scope.ts";
import { securityTxtRoute } from "./http/security-txt.ts";
import { type ServerTls, secureSettings, serverOptions } from "./http/server.ts";
import { configuredLimits, type LimitsWanted, limitsWith } from "./limits.ts";
import { LiveHub } from "./live/hub.ts";
import { liveRoutes } from "./live/route.ts";
import { Places } from "./places.ts";
import { collectRoutes, type DeclaredRoute } from "./policy.ts";
import { accessRoutes } from "./routes/access.ts";
import { administrationRoutes } from "./routes/administration.ts";
import { auditRoutes } from "./routes/audit.ts";
import { authRoutes } from "./routes/auth.ts";
import { bookingRoutes } from "./routes/bookings.ts";
import { certificateRoutes, ownCertificateRoutes } from "./routes/certificates.ts";
import { changeRoutes } from "./routes/changes.ts";
import { commandRoutes, selectedRoutes } from "./routes/commands.ts";
import { configurationRoutes } from "./routes/configuration.ts";
import { equipmentRoutes } from "./routes/equipment.ts";
import { historyRoutes } from "./routes/history.ts";
import { kioskRoutes } from "./routes/kiosk.ts";
import { leaseRoutes } from "./routes/leases.ts";
import { organisationRoutes } from "./routes/organisations.ts";
import { passkeyRoutes } from "./routes/passkeys.ts";
import { secondFactorRoutes } from "./routes/second-factor.ts";
import { signInAlarmRoutes } from "./routes/sign-in-alarms.ts";
import { signInRoutes } from "./routes/sign-ins.ts";
import { singleSignOnRoutes } from "./routes/single-sign-on.ts";
import { siteRoutes } from "./routes/site.ts";
import { stopRoutes } from "./routes/stop.ts";
import { tagSheetRoutes } from "./routes/tag-sheets.ts";
import { tokenRoutes } from "./routes/tokens.ts";

export interface ApiOptions {
  readonly useCases: UseCases;
  /** The built dashboard; undefined: none is served. */
  readonly dashboardFolder?: string | undefined;
  readonly log: Log;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly tls?: ServerTls | undefined;
  readonly limits?: LimitsWanted;
}

export interface Api {
  /** For tests: `inject` goes through every hook. */
  readonly app: FastifyInstance;
  readonly live: LiveHub;
  /** Every route with its policy (S1). */
  readonly routes: readonly DeclaredRoute[];
  /** What `/metrics` says now. */
  counters(): Promise<string>;
  /** @param port 0: any free one. @throws PlanciaError start/in-use. */
  listen(host: string, port: number): Promise<{ address: string }>;
  /** New certificate for new connections, without a restart (S12). Only where TLS is on. */
  renewCertificate(tls: ServerTls): void;
  close(): Promise<void>;
}

/**
 * REST, WebSocket and the dashboard's files over the use cases.
 * @throws Error where a route declares no policy (S1).
 */
export async function createApi(options: ApiOptions): Promise<Api> {
  const { useCases, log, clock, timers } = options;
  const limits = limitsWith(options.limits ?? configuredLimits(useCases.plant.server.limits));
  const transport = options.tls ? "https" : "http";
  const app: FastifyInstance = fastify(serverOptions(limits, options.tls, log));
  const connections = new Connections(app.server as HttpServer, limits, clock, timers);
  const requests = new RequestCounts();
  const live = new LiveHub(useCases, limits.live, clock, timers, log.child({ part: "live" }));
  const queries = new Places({ user: limits.userQueries, organisation: limits.organisationQueries });
  const context: ApiContext = { useCases, log, clock, timers, limits, transport, live, queries, connections };
  let ready = false;

  const routes = collectRoutes(app);
  await settle(app, context, requests);
  await describeRoutes(app, useCases.version);
  healthRoutes(app, () => ready, useCases.audit);
  authorityRoute(app, useCases);
  securityTxtRoute(app, useCases.plant.server, clock);
  const counters = metricsRoute(app, { useCases, live, connections: () => connections.counts, requests, queries });
  await within(app, "/api/v1", (scope) => apiRoutes(scope, context));
  await within(app, "", (scope) => liveRoutes(scope, context));
  await docsRoutes(app);
  const { dashboardFolder } = options;
  if (dashboardFolder !== undefined) await within(app, "", (scope) => dashboardRoutes(scope, dashboardFolder));
  await app.ready();

  return {
    app,
    live,
    routes: routes(),
    counters,
    async listen(host, port) {
      const address = await listenOrSay(app, host, port);
      ready = true;
      return { address };
    },
    renewCertificate(renewed) {
      const server: unknown = app.server;
      if (server instanceof HttpsServer) server.setSecureContext(secureSettings(renewed));
    },
    async close() {
      ready = false;
      live.close();
      connections.close();
      await app.close();
    },
  };
}

/** Everything that holds for every route: limits first, then who asks, then what was sent. */
async function settle(app: FastifyInstance, context: ApiContext, requests: RequestCounts): Promise<void> {
  const { limits, log, useCases, transport, connections } = context;
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(answerWithProblem(log));
  app.decorateRequest("identity", null);
  app.decorateRequest("address", "");
  const addressOf = callerAddress(useCases.plant.server);
  app.addHook("onRequest", async (request) => {
    request.address = addressOf(request.socket.remoteAddress ?? "", request.headers);
  });
  app.decorateRequest("kiosk", null);
  await app.register(fastifyHelmet, securityHeaders(useCases.plant.server, transport));
  await app.register(fastifyRateLimit, {
    max: limits.requestsPerMinute,
    timeWindow: 60_000,
    keyGenerator: (request) => addressBlock(request.address),
    onExceeded: () => requests.limited("address"),
    errorResponseBuilder: (_request, { ttl }) =>
      new PlanciaError("request/rate-limited", "Too many requests from this address.", { retryAfterS: ttl / 1000 }),
  });
  await app.register(fastifyCookie);
  const turns = new RequestTurns();
  const rates = new PeopleRates(limits, context.clock, (by) => requests.limited(by));
  const admit = admission(useCases, transport, rates, connections);
  // After the rate limit's hook, so that a flood of tokens is not even verified, nor waits for its turn.
  app.addHook("onRoute", (route) => {
    const before = route.onRequest === undefined ? [] : [route.onRequest].flat();
    route.onRequest = [...before, turns.wait, admit];
  });
  app.addHook("onRequest", async (request) => {
    if (request.url.length > limits.urlCharacters)
      throw new PlanciaError("request/uri-too-long", "The address is too long.");
  });
  app.addHook("onSend", async (request, reply) => {
    reply.header("permissions-policy", "camera=(), microphone=(), geolocation=()");
    if (request.url.startsWith("/api/v1")) reply.header("cache-control", "no-store");
  });
  app.addHook("onResponse", async (_request, reply) => requests.count(reply.statusCode));
  app.setNotFoundHandler({ preHandler: app.rateLimit() }, (request, reply) => {
    sendProblem(new PlanciaError("request/not-found", "There is nothing at this address."), request, reply);
  });
}

async function apiRoutes(app: ApiApp, context: ApiContext): Promise<void> {
  authRoutes(app, context);
  secondFactorRoutes(app, context);
  passkeyRoutes(app, context);
  signInRoutes(app, context);
  signInAlarmRoutes(app, context);
  await singleSignOnRoutes(app, context);
  equipmentRoutes(app, context);
  historyRoutes(app, context);
  commandRoutes(app, context);
  selectedRoutes(app, context);
  leaseRoutes(app, context);
  bookingRoutes(app, context);
  administrationRoutes(app, context);
  certificateRoutes(app, context);
  ownCertificateRoutes(app, context);
  accessRoutes(app, context);
  organisationRoutes(app, context);
  tokenRoutes(app, context);
  auditRoutes(app, context);
  changeRoutes(app, context);
  configurationRoutes(app, context);
  tagSheetRoutes(app, context);
  siteRoutes(app, context);
  await kioskRoutes(app, context);
  await within(app, "", (scope) => stopRoutes(scope, context));
}

async function listenOrSay(app: FastifyInstance, host: string, port: number): Promise<string> {
  try {
    return await app.listen({ host, port });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "EADDRINUSE")
      throw new PlanciaError("start/in-use", `${host}:${port} is in use by another program.`, { cause: error });
    if (code === "EADDRNOTAVAIL" || code === "EACCES" || code === "ENOTFOUND") {
      throw new PlanciaError("start/config", `${host}:${port} cannot be listened on (${code}).`, { cause: error });
    }
    throw error;
  }
}
