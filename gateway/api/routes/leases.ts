import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Cause } from "../../core/control/command.ts";
import { isPhoneAgent } from "../../services/control/presence.ts";
import type { ApiApp, ApiContext } from "../context.ts";
import { callerOf, originOfRequest } from "../http/identity.ts";
import { pathOf, problemDocument, sendDocument } from "../http/problems.ts";
import { causeView } from "../views/command.ts";
import { controlView, noteView, onCallView } from "../views/control.ts";
import { CommandProblem } from "../wire/command.ts";
import { ControlView } from "../wire/equipment.ts";
import {
  ControlAnswer,
  ControlRequest,
  ForceRequest,
  HandOverNote,
  HandOverPage,
  HandOverParameters,
  NoteRequest,
  OnCallEntry,
  OnCallList,
  TakeRequest,
} from "../wire/lease.ts";

const params = z.object({ id: z.string() });
const take = { config: { policy: { permission: "control:take" } } } as const;
const answers = { 200: ControlView, 409: CommandProblem };

/** Who has control of a machine (R40, R41), hand-over notes, and what on-call was told. */
export function leaseRoutes(app: ApiApp, context: ApiContext): void {
  const { control } = context.useCases;

  app.post(
    "/equipment/:id/lease",
    {
      ...take,
      schema: {
        tags: ["control"],
        description: "Takes control from nobody; needs an open socket of the same sign-in.",
        params,
        body: TakeRequest.nullish(),
        response: answers,
      },
    },
    async (request, reply) => {
      const phone = isPhone(request, request.body?.phone ?? false);
      const causes = await control.take(callerOf(request), request.params.id, { phone });
      return answerControl(context, causes, request, reply);
    },
  );

  app.delete(
    "/equipment/:id/lease",
    { ...take, schema: { tags: ["control"], params, response: answers } },
    async (request, reply) =>
      answerControl(context, control.release(callerOf(request), request.params.id), request, reply),
  );
  passingRoutes(app, context);
  handOverRoutes(app, context);
  onCallRoutes(app, context);
}

/** R41: asked for, answered, taken by force. */
function passingRoutes(app: ApiApp, context: ApiContext): void {
  const { control } = context.useCases;

  app.post(
    "/equipment/:id/lease/request",
    { ...take, schema: { tags: ["control"], params, body: ControlRequest.nullish(), response: answers } },
    async (request, reply) => {
      const { withdraw, phone } = request.body ?? { withdraw: false, phone: false };
      const caller = callerOf(request);
      const { id } = request.params;
      const causes = withdraw
        ? control.withdraw(caller, id)
        : control.request(caller, id, { phone: isPhone(request, phone) });
      return answerControl(context, causes, request, reply);
    },
  );

  app.post(
    "/equipment/:id/lease/answer",
    { ...take, schema: { tags: ["control"], params, body: ControlAnswer, response: answers } },
    async (request, reply) => {
      const { accept, note, user } = request.body;
      const answer = { accept, note: note || undefined, user };
      const causes = await control.answer(callerOf(request), request.params.id, answer);
      return answerControl(context, causes, request, reply);
    },
  );

  app.post(
    "/equipment/:id/lease/take",
    {
      config: { policy: { permission: "control:force" } },
      schema: {
        tags: ["control"],
        description: "Takes control by force, from whoever has it.",
        params,
        body: ForceRequest,
        response: answers,
      },
    },
    async (request, reply) => {
      const { reason, phone } = request.body;
      const wanted = { reason, phone: isPhone(request, phone) };
      const causes = await control.force(callerOf(request), request.params.id, wanted);
      return answerControl(context, causes, request, reply);
    },
  );
}

function handOverRoutes(app: ApiApp, { useCases: { control } }: ApiContext): void {
  app.get(
    "/equipment/:id/hand-over",
    {
      config: { policy: { permission: "equipment:view" } },
      schema: { tags: ["control"], params, querystring: HandOverParameters, response: { 200: HandOverPage } },
    },
    async (request) => {
      const { limit, next } = request.query;
      const page = await control.notes(callerOf(request), request.params.id, { limit, beforeId: next });
      return { items: page.notes.map(noteView), next: page.next };
    },
  );

  app.post(
    "/equipment/:id/hand-over",
    { ...take, schema: { tags: ["control"], params, body: NoteRequest, response: { 200: HandOverNote } } },
    async (request) => noteView(await control.writeNote(callerOf(request), request.params.id, request.body.text)),
  );
}

function onCallRoutes(app: ApiApp, { useCases: { control } }: ApiContext): void {
  const config = { policy: { permission: "on-call:answer" } } as const;

  app.get("/on-call", { config, schema: { tags: ["control"], response: { 200: OnCallList } } }, async (request) =>
    control.calls(callerOf(request)).map(onCallView),
  );

  app.post(
    "/on-call/:id/acknowledge",
    { config, schema: { tags: ["control"], params, response: { 200: OnCallEntry } } },
    async (request) => onCallView(await control.acknowledgeCall(callerOf(request), request.params.id)),
  );
}

function isPhone(request: FastifyRequest, said: boolean): boolean {
  return said || isPhoneAgent(originOfRequest(request).userAgent);
}

/** Done: control as it stands now; refused: 409 with all causes, as a command's (R8). */
function answerControl(
  { useCases }: ApiContext,
  causes: readonly Cause[],
  request: FastifyRequest<{ Params: { id: string } }>,
  reply: FastifyReply,
) {
  if (causes.length > 0) {
    const detail = causes.map((cause) => cause.text.en).join("; ");
    const more = { instance: pathOf(request), causes: causes.map(causeView) };
    return sendDocument(reply, problemDocument("command/refused", detail, more));
  }
  const caller = callerOf(request);
  const { equipment } = useCases.equipment.get(caller, request.params.id);
  return reply.code(200).send(controlView(useCases, caller, equipment));
}
