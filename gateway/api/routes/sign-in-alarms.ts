import { z } from "zod";
import type { ApiApp, ApiContext } from "../context.ts";
import { callerOf } from "../http/identity.ts";
import { SignInAlarmList } from "../wire/sign-in-alarms.ts";

const tags = ["sign-in"];

/** What the gateway takes for a stolen sign-in, until an administrator acknowledges it. */
export function signInAlarmRoutes(app: ApiApp, { useCases: { signInAlarms } }: ApiContext): void {
  app.get(
    "/sign-in-alarms",
    {
      config: { policy: "signed-in" },
      schema: {
        ...{ tags, response: { 200: SignInAlarmList } },
        description: "Newest first: all for administrators, one's own for everybody else.",
      },
    },
    async (request) => {
      const items = signInAlarms.list(callerOf(request));
      return { items: items.map((alarm) => ({ ...alarm, at: new Date(alarm.at).toISOString() })) };
    },
  );

  app.post(
    "/sign-in-alarms/:id/acknowledge",
    {
      config: { policy: { permission: "people:manage" } },
      schema: { tags, params: z.object({ id: z.string().max(100) }) },
    },
    async (request, reply) => {
      await signInAlarms.acknowledge(callerOf(request), request.params.id);
      return reply.code(204).send();
    },
  );
}
