import { z } from "zod";
import type { ApiApp, ApiContext } from "../context.ts";
import { callerOf, originOfRequest } from "../http/identity.ts";
import { instant, instantIf } from "../views/times.ts";
import {
  AddPasskey,
  AskPasskey,
  BeginFactor,
  PasskeyList,
  PasskeyOptions,
  PasskeyQuestion,
  RecoveryCodes,
} from "../wire/auth.ts";

/** One's own passkeys, and the questions to them. */
export function passkeyRoutes(app: ApiApp, { useCases }: ApiContext): void {
  const { passkeys, signIns } = useCases;
  const own = { config: { policy: "signed-in" } } as const;
  const tags = ["second factor"];

  app.get("/auth/passkeys", { ...own, schema: { tags, response: { 200: PasskeyList } } }, async (request) => {
    const items = (await passkeys.list(callerOf(request))).map(({ id, name, createdAt, usedAt }) => ({
      ...{ id, name, createdAt: instant(createdAt), usedAt: instantIf(usedAt) },
    }));
    return { items, refused: passkeys.refused() };
  });

  app.post(
    "/auth/passkeys/begin",
    {
      ...own,
      schema: {
        tags,
        description: "The password where there is no second factor yet; else a fresh one. Good for two minutes, once.",
        body: BeginFactor,
        response: { 200: PasskeyOptions },
      },
    },
    async (request) => ({ ...(await passkeys.begin(callerOf(request), request.body.password)) }),
  );

  app.post(
    "/auth/passkeys",
    {
      ...own,
      schema: {
        tags,
        description: "With recovery codes where it is the first second factor.",
        body: AddPasskey,
        response: { 200: RecoveryCodes },
      },
    },
    async (request) => {
      const { name, answer } = request.body;
      return { recoveryCodes: [...(await passkeys.add(callerOf(request), name, answer))] };
    },
  );

  app.delete(
    "/auth/passkeys/:id",
    { ...own, schema: { tags, params: z.object({ id: z.string().max(1400) }) } },
    async (request, reply) => {
      await passkeys.remove(callerOf(request), request.params.id);
      return reply.code(204).send();
    },
  );

  app.post(
    "/auth/passkeys/question",
    {
      config: { policy: "even-locked" },
      schema: {
        tags,
        description: "Answered at `/auth/step-up` or `/auth/unlock`. Good for two minutes, once.",
        body: PasskeyQuestion,
        response: { 200: PasskeyOptions },
      },
    },
    async (request) => ({ ...(await passkeys.ask(callerOf(request), request.body.for)) }),
  );

  app.post(
    "/auth/login/passkey",
    {
      config: { policy: "public" },
      schema: {
        tags: ["sign-in"],
        description: "After the right password alone; answered at `/auth/login`, which asks for it again.",
        body: AskPasskey,
        response: { 200: PasskeyOptions },
      },
    },
    async (request) => ({ ...(await signIns.askPasskey(request.body, originOfRequest(request))) }),
  );
}
