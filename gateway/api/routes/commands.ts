import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { type CommandRecord, isFinal } from "../../core/control/command.ts";
import type { ApiApp, ApiContext } from "../context.ts";
import { callerOf } from "../http/identity.ts";
import { pathOf, problemDocument, sendDocument } from "../http/problems.ts";
import { causeView, commandView } from "../views/command.ts";
import { dryRunView, whyView } from "../views/why.ts";
import {
  ApproveRequest,
  CancelRequest,
  Command,
  CommandProblem,
  CommandRequest,
  DryRun,
  DryRunRequest,
  OperateRequest,
  WhyAnswer,
} from "../wire/command.ts";
import { CommandPage, CommandParameters, Ticket } from "../wire/lists.ts";

/** How long an answer waits for the final state where the request does not say, ms. */
export const defaultWaitMs = 5000;

const answers = { 200: Command, 202: Command, 409: CommandProblem };

/** Commands and their records, and the ticket that each command carries (R2). */
export function commandRoutes(app: ApiApp, context: ApiContext): void {
  const { commands, tickets } = context.useCases;

  app.get(
    "/ticket",
    {
      config: { policy: { signedIn: true, program: "equipment:write" } },
      schema: { tags: ["commands"], response: { 200: Ticket } },
    },
    async () => ({ ticket: tickets.current() }),
  );

  app.post(
    "/commands",
    {
      config: { policy: { permission: "equipment:write" } },
      schema: { tags: ["commands"], body: CommandRequest, response: answers },
    },
    async (request, reply) => {
      const { target, value, arguments: given, key, ticket, reason, wait } = request.body;
      const record = await commands.submit(callerOf(request), {
        target,
        value,
        arguments: given,
        key,
        ticket,
        reason,
        waitMs: wait ?? defaultWaitMs,
      });
      return answerCommand(record, request, reply);
    },
  );

  app.get(
    "/commands",
    {
      config: { policy: { permission: "equipment:view" } },
      schema: { tags: ["commands"], querystring: CommandParameters, response: { 200: CommandPage } },
    },
    async (request) => {
      const { equipment, state, limit, next } = request.query;
      const caller = callerOf(request);
      const records = await commands.list(caller, { equipment, state, beforeId: next, limit });
      return {
        items: records.map((record) => commandView(record, caller)),
        next: records.length < limit ? undefined : records.at(-1)?.id,
      };
    },
  );

  app.get(
    "/commands/:id",
    {
      config: { policy: { permission: "equipment:view", credential: "access-or-stop" } },
      schema: { tags: ["commands"], params: z.object({ id: z.string() }), response: { 200: Command } },
    },
    async (request) => {
      const caller = callerOf(request);
      return commandView(await commands.get(caller, request.params.id), caller);
    },
  );
  dryRunRoutes(app, context);
}

/** Select before operate (R6), and the second person (R42). */
export function selectedRoutes(app: ApiApp, context: ApiContext): void {
  const { commands } = context.useCases;
  const params = z.object({ id: z.string() });
  const write = { config: { policy: { permission: "equipment:write", by: "person" } } } as const;

  app.post(
    "/commands/:id/operate",
    { ...write, schema: { tags: ["commands"], params, body: OperateRequest, response: answers } },
    async (request, reply) => {
      const { value, arguments: given, ticket, wait } = request.body;
      const asked = { value, arguments: given, ticket, waitMs: wait ?? defaultWaitMs };
      return answerCommand(await commands.operate(callerOf(request), request.params.id, asked), request, reply);
    },
  );

  app.post(
    "/commands/:id/approve",
    {
      config: { policy: { permission: "equipment:approve" } },
      schema: { tags: ["commands"], params, body: ApproveRequest, response: answers },
    },
    async (request, reply) => {
      const record = await commands.approve(callerOf(request), request.params.id, request.body.ticket);
      return answerCommand(record, request, reply);
    },
  );

  app.post(
    "/commands/:id/cancel",
    {
      ...write,
      schema: {
        tags: ["commands"],
        description:
          "Takes back what was selected; by somebody who may approve, it declines. What was sent is not taken back.",
        params,
        body: CancelRequest.nullish(),
        response: answers,
      },
    },
    async (request, reply) => {
      const reason = request.body?.reason || undefined;
      return answerCommand(await commands.cancel(callerOf(request), request.params.id, reason), request, reply);
    },
  );
}

/** What would happen, and why not: nothing is done here. */
function dryRunRoutes(app: ApiApp, context: ApiContext): void {
  const { commands } = context.useCases;
  const config = { policy: { permission: "equipment:view" } } as const;

  app.post(
    "/commands/dry-run",
    { config, schema: { tags: ["commands"], body: DryRunRequest, response: { 200: DryRun } } },
    async (request) => {
      const { target, value, arguments: given } = request.body;
      return dryRunView(commands.dryRun(callerOf(request), target, { value, arguments: given }));
    },
  );

  app.get(
    "/equipment/:id/why",
    {
      config,
      schema: {
        tags: ["commands"],
        params: z.object({ id: z.string() }),
        querystring: z.strictObject({ target: z.string().min(3).max(200) }),
        response: { 200: WhyAnswer },
      },
    },
    async (request) => {
      const answer = commands.why(callerOf(request), request.params.id, request.query.target);
      return { target: answer.target, allowed: answer.allowed, why: answer.why.map(whyView) };
    },
  );
}

/** CONTRACT, POST /commands: final is 200, refused 409 with its causes, on the way 202 with its place. */
export function answerCommand(record: CommandRecord, request: FastifyRequest, reply: FastifyReply) {
  if (record.state === "REFUSED") {
    const detail = record.causes.map((cause) => cause.text.en).join("; ") || "The command was refused.";
    const problem = problemDocument("command/refused", detail, {
      instance: pathOf(request),
      id: record.id,
      state: record.state,
      causes: record.causes.map(causeView),
    });
    return sendDocument(reply, problem);
  }
  if (isFinal(record.state)) return reply.code(200).send(commandView(record, callerOf(request)));
  return reply
    .code(202)
    .header("location", `/api/v1/commands/${encodeURIComponent(record.id)}`)
    .send(commandView(record, callerOf(request)));
}
