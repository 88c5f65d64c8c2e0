import { z } from "zod";
import { passkeyQuestion } from "../../services/passkeys.ts";
import type { ApiApp, ApiContext } from "../context.ts";
import { callerOf, identityOf } from "../http/identity.ts";
import { meView } from "../views/person.ts";
import { instantIf } from "../views/times.ts";
import { BeginFactor, Code, FactorSecret, FactorView, Me, RecoveryCodes, StepUp } from "../wire/auth.ts";

/** One's own second factor, step-up with it, and an administrator's way to take a lost one away. */
export function secondFactorRoutes(app: ApiApp, { useCases }: ApiContext): void {
  const { factors, plant } = useCases;
  const own = { config: { policy: "signed-in" } } as const;
  const tags = ["second factor"];

  app.get("/auth/factor", { ...own, schema: { tags, response: { 200: FactorView } } }, async (request) => {
    const { since, recoveryCodesLeft } = await factors.status(callerOf(request));
    return { since: instantIf(since), recoveryCodesLeft };
  });

  app.post(
    "/auth/factor",
    {
      ...own,
      schema: {
        tags,
        description: "Shows a new secret, this once; it counts from the first code on.",
        body: BeginFactor,
        response: { 200: FactorSecret },
      },
    },
    async (request) => factors.begin(callerOf(request), request.body.password),
  );

  app.post(
    "/auth/factor/activate",
    { ...own, schema: { tags, body: Code, response: { 200: RecoveryCodes } } },
    async (request) => ({ recoveryCodes: [...(await factors.confirm(callerOf(request), request.body.otp))] }),
  );

  app.post(
    "/auth/factor/recovery-codes",
    { ...own, schema: { tags, description: "The old ones are worth nothing.", response: { 200: RecoveryCodes } } },
    async (request) => ({ recoveryCodes: [...(await factors.renewRecoveryCodes(callerOf(request)))] }),
  );

  app.post(
    "/auth/step-up",
    {
      ...own,
      schema: {
        tags,
        description: "Makes the second factor of this sign-in fresh for five minutes.",
        body: StepUp,
        response: { 200: Me },
      },
    },
    async (request) => {
      const { user } = identityOf(request);
      const caller = callerOf(request);
      const shown =
        "otp" in request.body
          ? request.body.otp
          : { passkey: request.body.passkey, question: passkeyQuestion(caller, "step-up") };
      return meView(plant, await factors.stepUp(caller, shown), user);
    },
  );

  app.delete(
    "/users/:id/factor",
    {
      config: { policy: { permission: "people:manage" } },
      schema: {
        tags: ["people"],
        description: "Takes a lost second factor away and ends every sign-in of that person.",
        params: z.object({ id: z.string() }),
      },
    },
    async (request, reply) => {
      await factors.reset(callerOf(request), request.params.id);
      return reply.code(204).send();
    },
  );
}
