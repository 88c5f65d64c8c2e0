import type { FastifyRequest } from "fastify";
import type { ApiApp, ApiContext } from "../context.ts";
import { originOfRequest } from "../http/identity.ts";
import { kioskOf } from "../http/kiosk.ts";
import { kioskView } from "../views/kiosk.ts";
import {
  ConfirmRequest,
  DeclineRequest,
  IslandRequest,
  KioskView,
  LiftRequest,
  LockOutRequest,
} from "../wire/kiosk.ts";
import { kioskConfig } from "./kiosk.ts";

/**
 * What the people at the machine set (R18, R20, R21): here by a kiosk alone, with their PIN. There is no
 * other route to any of it, whoever asks.
 */
export function siteRoutes(app: ApiApp, context: ApiContext): void {
  const { useCases, clock } = context;
  const { kiosks } = useCases;
  const config = kioskConfig(context);
  const tags = ["kiosk"];
  const response = { 200: KioskView };
  const now = async (request: FastifyRequest) =>
    kioskView(useCases, clock, await kiosks.now(kioskOf(request), originOfRequest(request)));

  app.post(
    "/kiosk/confirm",
    { config, schema: { tags, description: "The zone is clear (R20).", body: ConfirmRequest, response } },
    async (request) => {
      await kiosks.confirm(kioskOf(request), request.body, originOfRequest(request));
      return now(request);
    },
  );

  app.post(
    "/kiosk/decline",
    { config, schema: { tags, description: "The zone is not clear; no PIN.", body: DeclineRequest, response } },
    async (request) => {
      await kiosks.decline(kioskOf(request), request.body.command, originOfRequest(request));
      return now(request);
    },
  );

  app.post(
    "/kiosk/lock-out",
    { config, schema: { tags, description: "A personal lock (R21).", body: LockOutRequest, response } },
    async (request) => {
      const { reason, ...entry } = request.body;
      await kiosks.lockOut(kioskOf(request), entry, reason, originOfRequest(request));
      return now(request);
    },
  );

  app.post(
    "/kiosk/lock-out/lift",
    { config, schema: { tags, description: "By the same person.", body: LiftRequest, response } },
    async (request) => {
      const { id, ...entry } = request.body;
      await kiosks.lift(kioskOf(request), entry, id, originOfRequest(request));
      return now(request);
    },
  );

  app.post(
    "/kiosk/island",
    { config, schema: { tags, description: "Cuts remote control off (R18).", body: IslandRequest, response } },
    async (request) => {
      const { on, ...entry } = request.body;
      const origin = originOfRequest(request);
      if (on) await kiosks.cutOff(kioskOf(request), entry, origin);
      else await kiosks.reconnect(kioskOf(request), entry, origin);
      return now(request);
    },
  );
}
