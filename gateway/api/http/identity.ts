import type { FastifyReply, FastifyRequest } from "fastify";
import { allows, type Caller, keepsWhileLocked, type Permission } from "../../core/access/policy.ts";
import { isTokenText } from "../../core/access/token.ts";
import { PlanciaError } from "../../core/errors.ts";
import type { UserRecord } from "../../core/records-port.ts";
import type { Origin, UseCases } from "../../services/use-cases.ts";
import { programPermission, type RoutePolicy } from "../policy.ts";
import type { Connections } from "./connections.ts";
import { admitKiosk } from "./kiosk.ts";
import { isOwnOrigin } from "./origin.ts";
import type { PeopleRates } from "./rates.ts";

export interface Identity {
  readonly caller: Caller;
  readonly user: UserRecord;
}

declare module "fastify" {
  interface FastifyRequest {
    identity: Identity | null;
    /** Of whoever asks, behind a trusted proxy too. */
    address: string;
  }
}

/** Who asks, on a route whose policy has settled it. */
export function callerOf(request: FastifyRequest): Caller {
  return identityOf(request).caller;
}

export function identityOf(request: FastifyRequest): Identity {
  if (!request.identity) throw new Error(`${request.routeOptions.url} uses a caller but its policy asks for none`);
  return request.identity;
}

/** Whose limits somebody uses up: a program that asks without end takes nothing from its owner. */
export function countedAs({ caller, user }: Identity): Pick<UserRecord, "id" | "organisation"> {
  return caller.token ? { ...user, id: caller.signInId } : user;
}

/** Where a request comes from, for the audit and the log-in back-off. */
export function originOfRequest(request: FastifyRequest): Origin {
  return { address: request.address, userAgent: (request.headers["user-agent"] ?? "").slice(0, 200) };
}

/**
 * The onRequest step that settles who is asking, before the body is read (CONTRACT).
 * @throws PlanciaError auth/required, auth/forbidden.
 */
export function admission(
  useCases: UseCases,
  transport: "http" | "https",
  rates: PeopleRates,
  connections: Pick<Connections, "prove">,
) {
  return async function admit(request: FastifyRequest, _reply: FastifyReply): Promise<void> {
    const policy = request.routeOptions.config.policy;
    if (policy === undefined) throw new Error(`${request.routeOptions.url} declares no policy`);
    if (policy === "public") return;
    if (policy === "session-cookie" || policy === "first-message") {
      if (policy === "session-cookie") refuseProgram(request);
      if (isOwnOrigin(request.headers, useCases.plant.server, transport)) return;
      throw new PlanciaError("auth/forbidden", "This page is not one of the gateway's own.");
    }
    if (policy === "kiosk" || policy === "kiosk-enrolment") {
      admitKiosk(useCases, transport, request, policy);
      if (request.kiosk) connections.prove(request.raw.socket);
      return;
    }
    request.identity = await identify(useCases, request, policy);
    connections.prove(request.raw.socket);
    const { caller } = request.identity;
    if (caller.token) return admitProgram(useCases, rates, request, policy);
    const permission = neededPermission(policy, caller);
    // R10: no limit stands before who may stop.
    if (permission !== "equipment:stop") rates.take(request);
    if (caller.locked && policy !== "even-locked") assertKept(request.method, permission);
    if (permission === undefined || allows(caller, permission)) {
      if (showsPerson(request.method, permission)) {
        useCases.control.acted(caller);
        useCases.screens.acted(caller);
      }
      return;
    }
    useCases.denied?.(caller, permission, `${request.method} ${request.routeOptions.url}`);
    throw new PlanciaError("auth/forbidden", `The role ${caller.role} has no ${permission}.`);
  };
}

/** A program is no person: nothing here counts as a sign of one (R43). @throws PlanciaError auth/forbidden. */
function admitProgram(useCases: UseCases, rates: PeopleRates, request: FastifyRequest, policy: RoutePolicy): void {
  const caller = callerOf(request);
  const permission = programPermission(policy);
  if (permission !== "equipment:stop") rates.take(request);
  if (permission !== undefined && allows(caller, permission)) return;
  useCases.denied?.(caller, permission, `${request.method} ${request.routeOptions.url}`);
  const why = permission === undefined ? "Only a person may do this." : `This token has no ${permission}.`;
  throw new PlanciaError("auth/forbidden", why);
}

/** Who sends a token is a program, and has no sign-in, whatever cookie comes along. @throws PlanciaError auth/forbidden. */
function refuseProgram(request: FastifyRequest): void {
  const token = bearerIn(request);
  if (token !== undefined && isTokenText(token))
    throw new PlanciaError("auth/forbidden", "A program's token has no sign-in; send it to the routes it is for.");
}

/** Looking and stopping go on, nothing else. @throws PlanciaError auth/locked. */
function assertKept(method: string, permission: Permission | undefined): void {
  const does = method === "GET" || method === "HEAD" ? "reads" : "changes";
  if (permission === undefined ? does === "reads" : keepsWhileLocked(permission, does)) return;
  throw new PlanciaError("auth/locked", "The screen is locked; unlock it first.");
}

/** R43: a page reads by itself, so only what does something is a sign that somebody is there. */
function showsPerson(method: string, permission: Permission | undefined): boolean {
  return method !== "GET" && method !== "HEAD" && permission !== "equipment:view";
}

function neededPermission(policy: RoutePolicy, caller: Caller): Permission | undefined {
  if (policy === "stop-credential") return "equipment:stop";
  if (typeof policy === "string" || "signedIn" in policy) return undefined;
  return policy.credential === "access-or-stop" && caller.scope === "stop" ? "equipment:stop" : policy.permission;
}

function identify(useCases: UseCases, request: FastifyRequest, policy: RoutePolicy): Promise<Identity> {
  const token = bearerOf(request);
  const origin = originOfRequest(request);
  const { programs } = useCases;
  if (isTokenText(token))
    return policy === "stop-credential"
      ? programs.authenticateForStop(token, origin)
      : programs.authenticate(token, origin);
  const stopTokenToo = policy === "stop-credential" || (typeof policy === "object" && "credential" in policy);
  return stopTokenToo
    ? useCases.signIns.authenticateForStop(token, origin)
    : useCases.signIns.authenticate(token, origin);
}

/** @throws PlanciaError auth/required where there is no bearer token. */
export function bearerOf(request: FastifyRequest): string {
  const token = bearerIn(request);
  if (token === undefined) throw new PlanciaError("auth/required", "An access token is needed.");
  return token;
}

function bearerIn(request: FastifyRequest): string | undefined {
  return /^Bearer ([\x21-\x7e]{1,4096})$/i.exec(request.headers.authorization ?? "")?.[1];
}
