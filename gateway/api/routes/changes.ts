import { z } from "zod";
import type { ApiApp, ApiContext } from "../context.ts";
import { callerOf } from "../http/identity.ts";
import { waitingView } from "../views/changes.ts";
import { commissioningView } from "../views/commissioning.ts";
import { ChangesDigest, ChangesPage } from "../wire/changes.ts";
import { CommissioningView } from "../wire/commissioning.ts";

const Machine = z.object({ equipment: z.string().min(1).max(64) });

/** R9 and R19: what the configuration lets anybody do from afar, and what of it waits. From afar one administrator confirms, another accepts. */
export function changeRoutes(app: ApiApp, { useCases }: ApiContext): void {
  const { changes } = useCases;
  const decide = { policy: { permission: "config:accept" } } as const;
  const decision = { tags: ["changes"], params: Machine, body: ChangesDigest, response: { 200: ChangesPage } };
  const page = (caller: ReturnType<typeof callerOf>): ChangesPage => ({
    items: changes.list(caller).map((waiting) => waitingView(waiting, caller)),
  });

  app.get(
    "/equipment/:id/commissioning",
    {
      config: { policy: { permission: "equipment:view" } },
      schema: { tags: ["equipment"], params: z.object({ id: z.string() }), response: { 200: CommissioningView } },
    },
    async (request) => commissioningView(useCases, useCases.commissioning.get(callerOf(request), request.params.id)),
  );

  app.get(
    "/config/changes",
    {
      config: { policy: { permission: "system:view" } },
      schema: { tags: ["changes"], response: { 200: ChangesPage } },
    },
    async (request) => page(callerOf(request)),
  );

  app.post("/config/changes/:equipment/confirm", { config: decide, schema: decision }, async (request) => {
    await changes.confirm(callerOf(request), request.params.equipment, request.body.digest);
    return page(callerOf(request));
  });

  app.post("/config/changes/:equipment/accept", { config: decide, schema: decision }, async (request) => {
    await changes.accept(callerOf(request), request.params.equipment, request.body.digest);
    return page(callerOf(request));
  });
}
