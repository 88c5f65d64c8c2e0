import { z } from "zod";
import type { ApiApp, ApiContext } from "../context.ts";
import { callerOf } from "../http/identity.ts";
import { invitedView, membershipView, memberView, organisationView } from "../views/organisations.ts";
import {
  AddOrganisation,
  ChangeMember,
  ChangeOrganisation,
  InvitedView,
  InviteMember,
  MembershipView,
  MemberView,
  OrganisationList,
  OrganisationView,
} from "../wire/organisations.ts";

const tags = ["people"];
const Id = z.object({ id: z.string().max(100) });
const OfMember = Id.extend({ user: z.string().max(100) });

/** Tenants, for administrators. */
export function organisationRoutes(app: ApiApp, context: ApiContext): void {
  const { organisations } = context.useCases;
  const config = { policy: { permission: "organisations:manage" } } as const;

  app.get("/organisations", { config, schema: { tags, response: { 200: OrganisationList } } }, async (request) => ({
    items: (await organisations.list(callerOf(request))).map((each) => ({
      ...organisationView(each),
      members: each.members,
    })),
  }));

  app.post(
    "/organisations",
    { config, schema: { tags, body: AddOrganisation, response: { 201: OrganisationView } } },
    async (request, reply) => {
      const added = await organisations.add(callerOf(request), request.body);
      return reply.code(201).send(organisationView(added));
    },
  );

  app.patch(
    "/organisations/:id",
    {
      config,
      schema: {
        ...{ tags, params: Id, body: ChangeOrganisation, response: { 200: OrganisationView } },
        description: "Suspended, nobody of it can sign in: open sockets end within 1 s.",
      },
    },
    async (request) => organisationView(await organisations.change(callerOf(request), request.params.id, request.body)),
  );

  memberRoutes(app, context);
}

/** The people of one organisation, for administrators and for whoever leads it. */
function memberRoutes(app: ApiApp, { useCases: { members } }: ApiContext): void {
  const config = { policy: { permission: "members:invite" } } as const;

  app.get(
    "/organisations/:id/members",
    { config, schema: { tags, params: Id, response: { 200: MembershipView } } },
    async (request) => membershipView(await members.list(callerOf(request), request.params.id)),
  );

  app.post(
    "/organisations/:id/members",
    {
      config,
      schema: {
        ...{ tags, params: Id, body: InviteMember, response: { 201: InvitedView } },
        description: "An account without a password, and the secret of its one-time link `/#/join?secret=`.",
      },
    },
    async (request, reply) => {
      const invited = await members.invite(callerOf(request), request.params.id, request.body);
      return reply.code(201).send(invitedView(invited));
    },
  );

  app.post(
    "/organisations/:id/members/:user/link",
    { config, schema: { tags, params: OfMember, response: { 201: InvitedView } } },
    async (request, reply) => {
      const { id, user } = request.params;
      return reply.code(201).send(invitedView(await members.renew(callerOf(request), id, user)));
    },
  );

  app.patch(
    "/organisations/:id/members/:user",
    { config, schema: { tags, params: OfMember, body: ChangeMember, response: { 200: MemberView } } },
    async (request) => {
      const { id, user } = request.params;
      return memberView(await members.lead(callerOf(request), id, user, request.body.leads));
    },
  );

  app.delete(
    "/organisations/:id/members/:user",
    { config, schema: { tags, params: OfMember } },
    async (request, reply) => {
      await members.remove(callerOf(request), request.params.id, request.params.user);
      return reply.code(204).send();
    },
  );
}
