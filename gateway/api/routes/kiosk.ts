import { z } from "zod";
import { isFinal } from "../../core/control/command.ts";
import { RecentTable } from "../../kit/recent-table.ts";
import type { ApiApp, ApiContext } from "../context.ts";
import { originOfRequest } from "../http/identity.ts";
import { isEnrolled, keyOf, kioskOf, setKioskCookie } from "../http/kiosk.ts";
import { within } from "../http/scope.ts";
import { commandView } from "../views/command.ts";
import { kioskView } from "../views/kiosk.ts";
import { Command } from "../wire/command.ts";
import { EnrolRequest, KioskView } from "../wire/kiosk.ts";
import { acceptAnyBody, stopInput } from "./stop.ts";

const dayMs = 24 * 3_600_000;
const mostKiosks = 1_000;

/** The device at the machine: how it becomes one, what it shows, and the stop request (R10). */
export async function kioskRoutes(app: ApiApp, context: ApiContext): Promise<void> {
  const { useCases, clock } = context;
  const { kiosks } = useCases;
  const cookieGiven = new RecentTable<true>(mostKiosks, dayMs);

  app.post(
    "/kiosk/enrol",
    {
      config: { policy: "kiosk-enrolment" },
      schema: {
        tags: ["kiosk"],
        description: "Exchanges the one-time link of `plancia kiosk add` for a device key, in a cookie.",
        body: EnrolRequest,
        response: { 200: KioskView },
      },
    },
    async (request, reply) => {
      const origin = originOfRequest(request);
      const { key, kiosk } = await kiosks.enrol(request.body.secret, origin);
      setKioskCookie(context, reply, key);
      return kioskView(useCases, clock, await kiosks.now(kiosk, origin));
    },
  );

  app.get(
    "/kiosk",
    {
      config: kioskConfig(context),
      schema: { tags: ["kiosk"], description: "The machine as its kiosk shows it.", response: { 200: KioskView } },
    },
    async (request, reply) => {
      const kiosk = kioskOf(request);
      const now = clock.monotonicMs();
      if (!cookieGiven.get(kiosk.id, now)) {
        cookieGiven.set(kiosk.id, true, now);
        setKioskCookie(context, reply, keyOf(request));
      }
      return kioskView(useCases, clock, await kiosks.now(kiosk, originOfRequest(request)));
    },
  );

  app.get(
    "/kiosk/stop/:id",
    {
      config: kioskConfig(context),
      schema: {
        tags: ["kiosk"],
        description: "What became of a stop request of this kiosk.",
        params: z.object({ id: z.string() }),
        response: { 200: Command },
      },
    },
    async (request) =>
      commandView(await kiosks.stopRequest(kioskOf(request), request.params.id, originOfRequest(request))),
  );

  await within(app, "", async (scope) => {
    acceptAnyBody(scope, context);
    scope.post(
      "/kiosk/stop",
      {
        config: kioskConfig(context),
        schema: {
          tags: ["kiosk"],
          description:
            "A request over the network: no safety function, no emergency stop. No PIN. Body: {reason?, wait?}.",
          response: { 200: Command, 202: Command },
        },
      },
      async (request, reply) => {
        const input = stopInput(request.body, context);
        const record = await kiosks.stop(kioskOf(request), input, originOfRequest(request));
        return reply.code(isFinal(record.state) ? 200 : 202).send(commandView(record));
      },
    );
  });
}

/** What strangers at the kiosk's address ask for does not count against it. */
export function kioskConfig(context: ApiContext) {
  return {
    policy: "kiosk",
    rateLimit: {
      max: context.limits.requestsPerMinute,
      timeWindow: 60_000,
      groupId: "kiosk",
      allowList: (request: Parameters<typeof isEnrolled>[1]) => isEnrolled(context.useCases, request),
    },
  } as const;
}
