import type { FastifyInstance } from "fastify";
import { type Permission, type TokenPermission, tokenPermissions } from "../core/access/policy.ts";

/**
 * Who may call a route, said by the route itself (S1). What a caller may do with one object is asked
 * by the use cases; this is what is settled before anything that was sent is looked at.
 * - `public`: anybody.
 * - `signed-in`: a valid access token; to change anything, of a screen that is not locked.
 * - `even-locked`: a valid access token, whatever its screen.
 * - a permission: an access token whose role has it; with `credential: "access-or-stop"` the stop
 *   token too, for a caller who may stop; with `by: "person"` no program, whatever its token is scoped to.
 * - `signedIn`: as `signed-in`, and a program whose token is scoped to `program`.
 * - `stop-credential`: access or stop token of somebody who may stop machines (R10).
 * - `session-cookie`: the cookie of the sign-in, from our own pages only.
 * - `kiosk`: the device key of an enrolled kiosk, from its own page and through no proxy.
 * - `kiosk-enrolment`: the same place, before there is a key; the one-time link is the proof.
 * - `first-message`: the WebSocket, whose first message says who it is; own origins only (S4).
 */
export type RoutePolicy =
  | "public"
  | "signed-in"
  | "even-locked"
  | "stop-credential"
  | "session-cookie"
  | "first-message"
  | "kiosk"
  | "kiosk-enrolment"
  | { readonly permission: Permission; readonly credential?: "access-or-stop"; readonly by?: "person" }
  | { readonly signedIn: true; readonly program: TokenPermission };

/**
 * What a program's token must be scoped to for a route; undefined: no token opens it, whatever its scope.
 * Named here and nowhere else: a route that says nothing about programs is closed to them.
 */
export function programPermission(policy: RoutePolicy): TokenPermission | undefined {
  if (policy === "stop-credential") return "equipment:stop";
  if (typeof policy === "string") return undefined;
  if ("signedIn" in policy) return policy.program;
  if (policy.by === "person") return undefined;
  return tokenPermissions.find((each) => each === policy.permission);
}

declare module "fastify" {
  interface FastifyContextConfig {
    policy?: RoutePolicy;
  }
}

export interface DeclaredRoute {
  readonly method: string;
  readonly url: string;
  readonly policy: RoutePolicy;
}

/**
 * Collects every route that is registered from here on, those of plug-ins too. The returned function
 * gives them with their policies, once the app is ready.
 * @throws Error naming each route that declares none.
 */
export function collectRoutes(app: FastifyInstance): () => readonly DeclaredRoute[] {
  // Kept whole: a plug-in's own hook may still add the policy after this one ran.
  const seen: SeenRoute[] = [];
  app.addHook("onRoute", (route) => {
    seen.push({ url: route.url, methods: [route.method].flat(), route });
  });
  return () => declared(seen);
}

interface SeenRoute {
  readonly url: string;
  readonly methods: readonly string[];
  readonly route: { readonly config?: { readonly policy?: RoutePolicy } };
}

function declared(seen: readonly SeenRoute[]): readonly DeclaredRoute[] {
  const routes: DeclaredRoute[] = [];
  const silent: string[] = [];
  for (const { url, methods, route } of seen) {
    const policy = route.config?.policy;
    for (const method of methods) {
      if (policy === undefined) silent.push(`${method} ${url}`);
      else routes.push({ method, url, policy });
    }
  }
  if (silent.length > 0) throw new Error(`these routes declare no policy: ${silent.join(", ")}`);
  return routes;
}
