import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { allows } from "../../core/access/policy.ts";
import { isFinal } from "../../core/control/command.ts";
import { PlanciaError } from "../../core/errors.ts";
import type { StopInput } from "../../services/control/stop-requests.ts";
import type { ApiApp, ApiContext } from "../context.ts";
import { bearerOf, callerOf, originOfRequest } from "../http/identity.ts";
import { type SmallBody, takeSmallBodies } from "../http/small-body.ts";
import { commandView } from "../views/command.ts";
import { Command, CommandProblem, StopAllAnswer, StopRequest } from "../wire/command.ts";
import { answerCommand, defaultWaitMs } from "./commands.ts";

/**
 * R10: the stop path. Its own limit of requests, its own credential, and a body that can only add
 * a reason: one that is not understood, too large or too slow is left aside, and the answer says so.
 */
export async function stopRoutes(app: ApiApp, context: ApiContext): Promise<void> {
  const { commands } = context.useCases;
  const config = {
    policy: "stop-credential",
    rateLimit: {
      max: context.limits.stopsPerMinute,
      timeWindow: 60_000,
      groupId: "stop",
      // Behind a proxy all have one address: a stranger who floods it must not hold up whoever may stop.
      allowList: (request: FastifyRequest) => maySend(context, request),
    },
  } as const;

  acceptAnyBody(app, context);

  app.post(
    "/equipment/:id/stop",
    {
      config,
      schema: {
        tags: ["stop"],
        description: "A request over the network: no safety function, no emergency stop. Body: {reason?, wait?}.",
        params: z.object({ id: z.string() }),
        response: { 200: Command, 202: Command, 409: CommandProblem },
      },
    },
    async (request, reply) => {
      const input = stopInput(request.body, context);
      return answerCommand(await commands.stop(callerOf(request), request.params.id, input), request, reply);
    },
  );

  app.post(
    "/stop",
    {
      config,
      schema: {
        tags: ["stop"],
        description: "Stops every machine that the caller may stop. Body: {reason?, wait?}.",
        response: { 200: StopAllAnswer, 202: StopAllAnswer },
      },
    },
    async (request, reply) => {
      const records = await commands.stopAll(callerOf(request), stopInput(request.body, context));
      const done = records.every((record) => isFinal(record.state));
      return reply.code(done ? 200 : 202).send({ stops: records.map((record) => commandView(record)) });
    },
  );
}

/** Nothing that is sent along may stand in the way of a stop. */
export function acceptAnyBody(scope: ApiApp, { limits, timers }: ApiContext): void {
  takeSmallBodies(scope, limits.stopBody, timers);
}

async function maySend(context: ApiContext, request: FastifyRequest): Promise<boolean> {
  try {
    const { caller } = await context.useCases.signIns.authenticateForStop(bearerOf(request), originOfRequest(request));
    return allows(caller, "equipment:stop");
  } catch (error) {
    if (error instanceof PlanciaError) return false;
    throw error;
  }
}

/** @param body as `acceptAnyBody` has it. What is left aside is said in the record, and so in the answer. */
export function stopInput(body: unknown, context: ApiContext): StopInput {
  const { reason, wait, leftAside } = stopWish(body as SmallBody | undefined);
  if (leftAside !== undefined) {
    context.log.warn({ leftAside }, "the body of a stop request was left aside; it is stopped all the same");
  }
  return { reason, waitMs: wait ?? defaultWaitMs, leftAside };
}

function stopWish(body: SmallBody | undefined): { reason?: string; wait?: number; leftAside?: string } {
  if (body === undefined) return {};
  if ("leftAside" in body) return body;
  if (body.text.trim() === "") return {};
  const parsed = StopRequest.safeParse(parseOrNull(body.text));
  return parsed.success ? parsed.data : { leftAside: "it is not {reason?, wait?}" };
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Said in the record; a stop goes on.
    return null;
  }
}
