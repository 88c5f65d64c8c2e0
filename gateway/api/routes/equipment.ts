import { z } from "zod";
import type { Caller } from "../../core/access/policy.ts";
import { PlanciaError } from "../../core/errors.ts";
import type { Tag } from "../../core/plant.ts";
import type { ApiApp, ApiContext } from "../context.ts";
import { callerOf } from "../http/identity.ts";
import { equipmentView } from "../views/equipment.ts";
import { tagView, valueView } from "../views/tag.ts";
import { EquipmentView } from "../wire/equipment.ts";
import { EquipmentList, TagList, TagParameters, ValueList, ValueParameters, ValueRequest } from "../wire/lists.ts";

const policy = { permission: "equipment:view" } as const;

/** Machines, their tags and the present values: what the caller may see. */
export function equipmentRoutes(app: ApiApp, context: ApiContext): void {
  const { useCases } = context;

  app.get(
    "/equipment",
    { config: { policy }, schema: { tags: ["equipment"], response: { 200: EquipmentList } } },
    async (request) => {
      const caller = callerOf(request);
      return useCases.equipment.list(caller).map((state) => equipmentView(useCases, caller, state));
    },
  );

  app.get(
    "/equipment/:id",
    {
      config: { policy },
      schema: { tags: ["equipment"], params: z.object({ id: z.string() }), response: { 200: EquipmentView } },
    },
    async (request) => {
      const caller = callerOf(request);
      return equipmentView(useCases, caller, useCases.equipment.get(caller, request.params.id));
    },
  );

  app.get(
    "/tags",
    { config: { policy }, schema: { tags: ["equipment"], querystring: TagParameters, response: { 200: TagList } } },
    async (request) => {
      const { equipment = "*", match = "*" } = request.query;
      const caller = callerOf(request);
      const { tags } = useCases.equipment.tags(caller, [match.includes("/") ? match : `${equipment}/${match}`]);
      const mine = equipment === "*" ? tags : tags.filter((tag) => tag.equipment === equipment);
      return tagViews(context, caller, mine);
    },
  );

  app.get(
    "/values",
    { config: { policy }, schema: { tags: ["values"], querystring: ValueParameters, response: { 200: ValueList } } },
    async (request) => {
      const { tags } = request.query;
      return values(context, callerOf(request), tags === undefined ? undefined : tags.split(","));
    },
  );

  app.post(
    "/values",
    {
      config: { policy },
      schema: {
        tags: ["values"],
        description: "Reads; the names in the body.",
        body: ValueRequest,
        response: { 200: ValueList },
      },
    },
    async (request) => values(context, callerOf(request), request.body.tags),
  );
}

function tagViews(context: ApiContext, caller: Caller, tags: readonly Tag[]) {
  const { equipment, offers, derived } = context.useCases;
  const machines = new Map(equipment.list(caller).map((state) => [state.equipment.id, state]));
  return tags.map((tag) =>
    tagView(tag, machines.get(tag.equipment)?.writes.get(tag.name), {
      offered: offers.offered(tag),
      derived: derived.of(caller, tag),
    }),
  );
}

/** @throws PlanciaError request/not-found naming each pattern that matched nothing visible (S2). */
function values(context: ApiContext, caller: Caller, names: readonly string[] | undefined) {
  const { useCases } = context;
  const { tags, refused } = useCases.equipment.tags(caller, names ?? ["*"]);
  if (names !== undefined && refused.length > 0) {
    throw new PlanciaError("request/not-found", "There are no such tags, or they are not yours to see.", {
      fields: refused.slice(0, 100).map((name) => ({ pointer: "/tags", detail: name })),
    });
  }
  return tags.map((tag) => valueView(tag, useCases.values, useCases.startedAtMs));
}
