import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { passkeyQuestion } from "../../services/passkeys.ts";
import type { ApiApp, ApiContext } from "../context.ts";
import { callerOf, identityOf } from "../http/identity.ts";
import { meView, signInView } from "../views/person.ts";
import { Me, SignInList, Unlock } from "../wire/auth.ts";

/** Where somebody is signed in, and the lock of this screen. */
export function signInRoutes(app: ApiApp, context: ApiContext): void {
  const { openSignIns } = context.useCases;
  const own = { config: { policy: "signed-in" } } as const;
  const manage = { config: { policy: { permission: "people:manage" } } } as const;
  const list = async (request: FastifyRequest, userId: string): Promise<SignInList> => {
    const caller = callerOf(request);
    return { items: (await openSignIns.list(caller, userId)).map((signIn) => signInView(signIn, caller)) };
  };

  app.get("/auth/sign-ins", { ...own, schema: { tags: ["sign-in"], response: { 200: SignInList } } }, async (request) =>
    list(request, callerOf(request).userId),
  );

  const endsAll = "Every sign-in but the asking one, and every token of that person's programs.";
  app.delete(
    "/auth/sign-ins",
    { ...own, schema: { tags: ["sign-in"], description: endsAll } },
    async (request, reply) => {
      const caller = callerOf(request);
      await openSignIns.endAll(caller, caller.userId);
      return reply.code(204).send();
    },
  );

  app.delete(
    "/auth/sign-ins/:id",
    { ...own, schema: { tags: ["sign-in"], params: z.object({ id: z.string() }) } },
    async (request, reply) => {
      const caller = callerOf(request);
      await openSignIns.end(caller, caller.userId, request.params.id);
      return reply.code(204).send();
    },
  );

  app.get(
    "/users/:id/sign-ins",
    { ...manage, schema: { tags: ["people"], params: z.object({ id: z.string() }), response: { 200: SignInList } } },
    async (request) => list(request, request.params.id),
  );

  app.delete(
    "/users/:id/sign-ins",
    { ...manage, schema: { tags: ["people"], params: z.object({ id: z.string() }), description: endsAll } },
    async (request, reply) => {
      await openSignIns.endAll(callerOf(request), request.params.id);
      return reply.code(204).send();
    },
  );

  app.delete(
    "/users/:id/sign-ins/:signIn",
    { ...manage, schema: { tags: ["people"], params: z.object({ id: z.string(), signIn: z.string() }) } },
    async (request, reply) => {
      await openSignIns.end(callerOf(request), request.params.id, request.params.signIn);
      return reply.code(204).send();
    },
  );
  screenRoutes(app, context);
}

function screenRoutes(app: ApiApp, { useCases }: ApiContext): void {
  const { screens, plant } = useCases;
  const config = { policy: "even-locked" } as const;

  app.post(
    "/auth/lock",
    { config, schema: { tags: ["sign-in"], description: "Values and stop requests go on." } },
    async (request, reply) => {
      await screens.lock(callerOf(request));
      return reply.code(204).send();
    },
  );

  app.post(
    "/auth/unlock",
    { config, schema: { tags: ["sign-in"], body: Unlock, response: { 200: Me } } },
    async (request) => {
      const { user } = identityOf(request);
      const caller = callerOf(request);
      const { password, otp, passkey } = request.body;
      const shown = passkey ? { passkey, question: passkeyQuestion(caller, "unlock") } : otp;
      return meView(plant, await screens.unlock(caller, { password, shown }), user);
    },
  );
}
