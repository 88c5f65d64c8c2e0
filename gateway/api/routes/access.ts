import { z } from "zod";
import type { GrantChange } from "../../core/access-port.ts";
import type { ApiApp, ApiContext } from "../context.ts";
import { callerOf } from "../http/identity.ts";
import { accessView, grantView } from "../views/access.ts";
import { AccessView, AddGrant, ChangeGrant, GrantList, GrantView } from "../wire/access.ts";

const tags = ["people"];
const Id = z.object({ id: z.string().max(100) });
const OfUser = z.strictObject({ user: z.string().min(1).max(100).optional() });

/** Rights as data: what somebody can do and why, for oneself and for administrators. */
export function accessRoutes(app: ApiApp, { useCases: { grants } }: ApiContext): void {
  const own = { policy: "signed-in" } as const;
  const config = { policy: { permission: "people:manage" } } as const;

  app.get(
    "/grants",
    { config: own, schema: { tags, querystring: OfUser, response: { 200: GrantList } } },
    async (request) => {
      const caller = callerOf(request);
      const found = await grants.list(caller, request.query.user ?? caller.userId);
      return { items: found.map(grantView) };
    },
  );

  app.get(
    "/access",
    {
      config: own,
      schema: {
        tags,
        querystring: OfUser.extend({ equipment: z.string().max(200).optional() }),
        response: { 200: AccessView },
      },
    },
    async (request) => {
      const caller = callerOf(request);
      const { user = caller.userId, equipment } = request.query;
      return accessView(await grants.explain(caller, user, equipment));
    },
  );

  app.post(
    "/grants",
    { config, schema: { tags, body: AddGrant, response: { 201: GrantView } } },
    async (request, reply) => {
      const { notBefore, notAfter, ...rest } = request.body;
      const times = { notBefore: timeOf(notBefore), notAfter: timeOf(notAfter) };
      const grant = await grants.add(callerOf(request), { ...rest, ...times });
      return reply.code(201).send(grantView(grant));
    },
  );

  app.patch(
    "/grants/:id",
    { config, schema: { tags, params: Id, body: ChangeGrant, response: { 200: GrantView } } },
    async (request) => grantView(await grants.change(callerOf(request), request.params.id, changeOf(request.body))),
  );

  app.delete("/grants/:id", { config, schema: { tags, params: Id } }, async (request, reply) => {
    await grants.remove(callerOf(request), request.params.id);
    return reply.code(204).send();
  });
}

function changeOf(body: ChangeGrant): GrantChange {
  const { notBefore, notAfter, ...rest } = body;
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  return {
    ...given,
    ...(notBefore === undefined ? {} : { notBefore: timeOf(notBefore) }),
    ...(notAfter === undefined ? {} : { notAfter: timeOf(notAfter) }),
  };
}

function timeOf(text: string | null | undefined): number | undefined {
  return text == null ? undefined : Date.parse(text);
}
