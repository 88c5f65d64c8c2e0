import { z } from "zod";
import type { ApiApp, ApiContext } from "../context.ts";
import { callerOf } from "../http/identity.ts";
import { tokenView } from "../views/tokens.ts";
import { MadeToken, MakeToken, TokenList } from "../wire/tokens.ts";

const tags = ["people"];
const own = { policy: { permission: "tokens:own" } } as const;

/** Tokens of programs: one's own; those of others are listed and revoked by administrators, and made by nobody. */
export function tokenRoutes(app: ApiApp, { useCases: { programs } }: ApiContext): void {
  app.get(
    "/tokens",
    {
      config: own,
      schema: {
        ...{ tags, response: { 200: TokenList } },
        description: "One's own; for administrators those of `user`, or of everybody with `user=*`.",
        querystring: z.strictObject({ user: z.string().min(1).max(100).optional() }),
      },
    },
    async (request) => {
      const caller = callerOf(request);
      const { user = caller.userId } = request.query;
      const found = await programs.list(caller, user === "*" ? "everybody" : { userId: user });
      return { items: found.map(tokenView) };
    },
  );

  app.post(
    "/tokens",
    {
      config: own,
      schema: {
        ...{ tags, body: MakeToken, response: { 201: MadeToken } },
        description: "For oneself. `text` is in this answer and nowhere else.",
      },
    },
    async (request, reply) => {
      const { expiresAt, ...wish } = request.body;
      const made = await programs.make(callerOf(request), { ...wish, expiresAt: Date.parse(expiresAt) });
      return reply.code(201).send({ token: tokenView(made.token), text: made.text });
    },
  );

  app.delete(
    "/tokens/:id",
    {
      config: own,
      schema: {
        ...{ tags, params: z.object({ id: z.string().max(100) }) },
        description: "Revoked: refused at once; open sockets end within 1 s.",
      },
    },
    async (request, reply) => {
      await programs.revoke(callerOf(request), request.params.id);
      return reply.code(204).send();
    },
  );
}
