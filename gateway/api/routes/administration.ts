import { z } from "zod";
import { PlanciaError } from "../../core/errors.ts";
import type { ApiApp, ApiContext } from "../context.ts";
import { callerOf } from "../http/identity.ts";
import { deviceView } from "../views/device.ts";
import { userView } from "../views/person.ts";
import { storageView } from "../views/storage.ts";
import { systemView } from "../views/system.ts";
import { AddUser, ChangeUser, Greeting, PersonLinkView, SystemView, UserView } from "../wire/administration.ts";
import { DevicePage, PageParameters, UserPage } from "../wire/lists.ts";
import { StorageView } from "../wire/storage.ts";

const languages = ["it", "en"] as const;

/** People, devices and the gateway itself. */
export function administrationRoutes(app: ApiApp, context: ApiContext): void {
  userRoutes(app, context);
  deviceRoutes(app, context);
  const { useCases } = context;

  app.get(
    "/greeting",
    { config: { policy: "public" }, schema: { tags: ["sign-in"], response: { 200: Greeting } } },
    async () => {
      const { site, gatewayId } = useCases.plant;
      const firstRun = await useCases.signIns.firstRun();
      return {
        site: site.name,
        gateway: gatewayId,
        timezone: site.timezone,
        phone: site.phone,
        firstRun,
        authority: useCases.certificate?.()?.authority?.fingerprint,
        languages: [...languages],
        notice: useCases.notices.notice,
      };
    },
  );

  app.get(
    "/system",
    {
      config: { policy: { permission: "system:view" } },
      schema: { tags: ["administration"], response: { 200: SystemView } },
    },
    async () => systemView(context),
  );

  app.get(
    "/system/storage",
    {
      config: { policy: { permission: "system:view" } },
      schema: {
        tags: ["administration"],
        description: "What the history takes of the disk, what is kept of it and for how long, and who has a copy.",
        response: { 200: StorageView },
      },
    },
    async () => storageView(context),
  );

  app.post(
    "/system/diagnostics",
    {
      config: { policy: { permission: "system:backup" } },
      schema: {
        tags: ["administration"],
        description: "A JSON document for support, secrets left out: read it through before you send it.",
      },
    },
    async (request, reply) => {
      const text = await useCases.diagnostics.make(callerOf(request));
      reply.header("content-disposition", 'attachment; filename="plancia-diagnostics.json"');
      return reply.type("application/json; charset=utf-8").send(text);
    },
  );
}

function userRoutes(app: ApiApp, { useCases: { people } }: ApiContext): void {
  const config = { policy: { permission: "people:manage" } } as const;

  app.get(
    "/users",
    { config, schema: { tags: ["people"], querystring: PageParameters, response: { 200: UserPage } } },
    async (request) => page(await people.list(callerOf(request)), request.query, (user) => user.id, userView),
  );

  app.post(
    "/users",
    { config, schema: { tags: ["people"], body: AddUser, response: { 201: UserView } } },
    async (request, reply) => {
      const user = await people.add(callerOf(request), request.body);
      return reply
        .code(201)
        .header("location", `/api/v1/users/${encodeURIComponent(user.id)}`)
        .send(userView(user));
    },
  );

  app.post(
    "/users/:id/link",
    {
      config,
      schema: {
        ...{ tags: ["people"], params: z.object({ id: z.string() }), response: { 201: PersonLinkView } },
        description: "A one-time link `/#/join?secret=` for somebody without a password; holds seven days.",
      },
    },
    async (request, reply) => {
      const { user, secret, until } = await people.link(callerOf(request), request.params.id);
      return reply.code(201).send({ user: userView(user), secret, until: new Date(until).toISOString() });
    },
  );

  app.patch(
    "/users/:id",
    {
      config,
      schema: { tags: ["people"], params: z.object({ id: z.string() }), body: ChangeUser, response: { 200: UserView } },
    },
    async (request) => userView(await people.change(callerOf(request), request.params.id, request.body)),
  );
}

function deviceRoutes(app: ApiApp, { useCases }: ApiContext): void {
  app.get(
    "/devices",
    {
      config: { policy: { permission: "system:view" } },
      schema: { tags: ["administration"], querystring: PageParameters, response: { 200: DevicePage } },
    },
    async (request) => page(useCases.devices.all(), request.query, (device) => device.id, deviceView),
  );
}

function unknownPage(): PlanciaError {
  const fields = [{ pointer: "/next", detail: "what the page before gave" }];
  return new PlanciaError("request/invalid", "There is no such page.", { fields });
}

/** One page of a short list; `next` is the id of the last item of the page before. */
function page<Item, View>(
  all: readonly Item[],
  { limit, next }: { limit: number; next?: string | undefined },
  idOf: (item: Item) => string,
  view: (item: Item) => View,
): { items: View[]; next: string | undefined } {
  const before = next === undefined ? -1 : all.findIndex((item) => idOf(item) === next);
  if (next !== undefined && before < 0) throw unknownPage();
  const items = all.slice(before + 1, before + 1 + limit);
  const last = items.at(-1);
  return { items: items.map(view), next: before + 1 + limit < all.length && last ? idOf(last) : undefined };
}
