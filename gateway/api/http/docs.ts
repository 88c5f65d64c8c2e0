import fastifySwagger from "@fastify/swagger";
import fastifySwaggerUi from "@fastify/swagger-ui";
import type { FastifyInstance } from "fastify";
import { createJsonSchemaTransform } from "fastify-type-provider-zod";
import { programPermission, type RoutePolicy } from "../policy.ts";
import { sessionCookie } from "./cookie.ts";
import { kioskCookie } from "./kiosk.ts";
import { within } from "./scope.ts";

/**
 * Swagger UI sets styles inline, so its own path, and only that, allows them. Scripts stay our own,
 * nothing comes from a third party (its validator badge is off).
 */
const docsPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

const fromZod = createJsonSchemaTransform({});

/** The policy of a route in OpenAPI's words. */
function securityOf(policy: RoutePolicy | undefined): Record<string, string[]>[] {
  if (policy === undefined || policy === "public" || policy === "first-message") return [];
  if (policy === "session-cookie") return [{ session: [] }, { accessToken: [] }];
  if (policy === "kiosk-enrolment") return [];
  if (policy === "kiosk") return [{ kiosk: [] }];
  const stopToo = policy === "stop-credential" || (typeof policy === "object" && "credential" in policy);
  return [
    { accessToken: [] },
    ...(stopToo ? [{ stopToken: [] }] : []),
    ...(programPermission(policy) === undefined ? [] : [{ apiToken: [] }]),
  ];
}

/** Collects the routes' schemas; to be registered before them. */
export async function describeRoutes(app: FastifyInstance, version: string): Promise<void> {
  await app.register(fastifySwagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Plancia",
        version,
        description: "Watch, run and finish production from afar.",
        license: { name: "MIT" },
      },
      components: {
        securitySchemes: {
          accessToken: { type: "http", scheme: "bearer", description: "From sign-in; minutes long." },
          stopToken: { type: "http", scheme: "bearer", description: "From sign-in; good for stop requests only." },
          apiToken: {
            ...{ type: "http", scheme: "bearer" },
            description: "Of a program: `plt_…`, for what it is scoped to. Class C1 at most, no control.",
          },
          session: { type: "apiKey", in: "cookie", name: sessionCookie },
          kiosk: { type: "apiKey", in: "cookie", name: kioskCookie },
        },
      },
    },
    transform: (document) => {
      const { schema, url } = fromZod(document);
      return { schema: { ...schema, security: securityOf(document.route.config?.policy) }, url };
    },
  });
}

/** `/api/v1/openapi.json`, and readable at `/api/docs`. */
export async function docsRoutes(app: FastifyInstance): Promise<void> {
  app.get("/api/v1/openapi.json", { config: { policy: "public" }, schema: { hide: true } }, async () => app.swagger());
  await within(app, "", async (docs) => {
    docs.addHook("onRoute", (route) => {
      route.config = { ...route.config, policy: "public" };
    });
    await docs.register(fastifySwaggerUi, {
      routePrefix: "/api/docs",
      staticCSP: docsPolicy,
      theme: { title: "Plancia API" },
      uiConfig: { layout: "BaseLayout", deepLinking: false, persistAuthorization: false },
    });
  });
}
