import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { PlanciaError } from "../../core/errors.ts";
import type { SignInAnswer } from "../../services/use-cases.ts";
import type { ApiApp, ApiContext } from "../context.ts";
import { clearCookie, sessionCookie, setCookie } from "../http/cookie.ts";
import { bearerOf, callerOf, identityOf, originOfRequest } from "../http/identity.ts";
import { meView } from "../views/person.ts";
import { FirstAdministrator, Login, Me, NoticeRead, ReadNotice, Refreshed, SignedIn } from "../wire/auth.ts";
import { Join } from "../wire/organisations.ts";
import { SignedOut } from "../wire/single-sign-on.ts";

/** Sign-in, its renewal and its end. Only these routes ever see the cookie (its path). */
export function authRoutes(app: ApiApp, context: ApiContext): void {
  const { signIns } = context.useCases;
  joinRoute(app, context);

  app.post(
    "/auth/login",
    { config: { policy: "public" }, schema: { tags: ["sign-in"], body: Login, response: { 200: SignedIn } } },
    async (request, reply) =>
      signedIn(context, request, reply, await signIns.signIn(request.body, originOfRequest(request))),
  );

  app.post(
    "/auth/first",
    {
      config: { policy: "public" },
      schema: { tags: ["sign-in"], body: FirstAdministrator, response: { 200: SignedIn } },
    },
    async (request, reply) =>
      signedIn(context, request, reply, await signIns.firstAdministrator(request.body, originOfRequest(request))),
  );

  app.post(
    "/auth/refresh",
    { config: { policy: "session-cookie" }, schema: { tags: ["sign-in"], response: { 200: Refreshed } } },
    async (request, reply) => {
      const answer = await refresh(context, request);
      setCookie(context, request, reply, answer.cookie);
      return {
        accessToken: answer.accessToken,
        expiresIn: answer.expiresInS,
        stopToken: answer.stopToken,
        user: meView(context.useCases.plant, answer.caller, answer.user),
      };
    },
  );

  app.post(
    "/auth/logout",
    {
      config: { policy: "session-cookie" },
      schema: {
        tags: ["sign-in"],
        description: "By access token, or by the cookie alone. 200 where a browser may leave its provider too.",
        response: { 200: SignedOut, 204: z.null() },
      },
    },
    async (request, reply) => {
      const caller = await whoLeaves(context, request);
      const provider = context.useCases.singleSignOn?.leaving(caller);
      await signIns.signOut(caller);
      clearCookie(context, request, reply);
      return provider === undefined ? reply.code(204).send(null) : reply.code(200).send({ provider });
    },
  );

  const { notices } = context.useCases;
  app.get(
    "/auth/notice",
    { config: { policy: "signed-in" }, schema: { tags: ["sign-in"], response: { 200: NoticeRead } } },
    async (request) => ({ version: notices.notice.version, read: await notices.isRead(callerOf(request)) }),
  );

  app.post(
    "/auth/notice",
    { config: { policy: "signed-in" }, schema: { tags: ["sign-in"], body: ReadNotice } },
    async (request, reply) => {
      await notices.read(callerOf(request), request.body.version);
      return reply.code(204).send();
    },
  );

  app.get(
    "/auth/me",
    { config: { policy: "signed-in" }, schema: { tags: ["sign-in"], response: { 200: Me } } },
    async (request) => {
      const { caller, user } = identityOf(request);
      return meView(context.useCases.plant, caller, user);
    },
  );
}

function joinRoute(app: ApiApp, context: ApiContext): void {
  const { joining } = context.useCases;
  app.post(
    "/auth/join",
    {
      config: { policy: "public" },
      schema: {
        ...{ tags: ["sign-in"], body: Join, response: { 200: SignedIn } },
        description: "By the one-time link of an invitation: chooses the password and signs in.",
      },
    },
    async (request, reply) =>
      signedIn(context, request, reply, await joining.join(request.body, originOfRequest(request))),
  );
}

function signedIn(context: ApiContext, request: FastifyRequest, reply: FastifyReply, answer: SignInAnswer): SignedIn {
  setCookie(context, request, reply, answer.cookie);
  return {
    accessToken: answer.accessToken,
    expiresIn: answer.expiresInS,
    stopToken: answer.stopToken,
    user: meView(context.useCases.plant, answer.caller, answer.user),
  };
}

async function refresh(context: ApiContext, request: FastifyRequest) {
  const cookie = request.cookies[sessionCookie];
  if (cookie === undefined || cookie.length > 1000) throw new PlanciaError("auth/required", "There is no sign-in.");
  return context.useCases.signIns.refresh(cookie, originOfRequest(request));
}

async function whoLeaves(context: ApiContext, request: FastifyRequest) {
  if (request.headers.authorization === undefined) return (await refresh(context, request)).caller;
  return (await context.useCases.signIns.authenticate(bearerOf(request), originOfRequest(request))).caller;
}
