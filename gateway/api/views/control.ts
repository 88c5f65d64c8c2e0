import type { Caller } from "../../core/access/policy.ts";
import type { HandOverNote, NotedCommand, OnCallEntry } from "../../core/hand-over-port.ts";
import type { Equipment } from "../../core/plant.ts";
import type { UseCases } from "../../services/use-cases.ts";
import type { ControlView } from "../wire/equipment.ts";
import type { HandOverNote as NoteView, OnCallEntry as OnCallView } from "../wire/lease.ts";
import { causeView } from "./command.ts";
import { instant, instantIf } from "./times.ts";

/** Who has control of a machine, as the caller sees it. */
export function controlView(useCases: UseCases, caller: Caller, equipment: Equipment): ControlView {
  const now = useCases.control.view(caller, equipment);
  const { request, take, loss } = now;
  return {
    lease: equipment.lease,
    holder: now.holder ?? null,
    mine: now.mine,
    since: instantIf(now.since),
    visible: now.visible,
    phone: now.phone,
    request: request && { user: request.user, mine: request.mine, answerBefore: instant(request.answerBefore) },
    take: { allowed: take.allowed, causes: take.causes.map(causeView) },
    force: now.force,
    loss: loss && { policy: loss.policy, graceMs: loss.graceMs, runsAt: instantIf(loss.runsAt) },
    areYouThere: instantIf(now.areYouThere),
    deviceLock: now.deviceLock,
    phoneControl: equipment.phoneControl,
  };
}

export function noteView(note: HandOverNote): NoteView {
  return {
    id: note.id,
    equipment: note.equipment,
    at: instant(note.at),
    change: note.change,
    from: note.from,
    to: note.to,
    heldSince: instantIf(note.heldSince),
    why: note.why,
    text: note.text,
    state: note.state,
    production: note.production,
    remote: note.remote,
    linksDown: [...note.linksDown],
    commands: note.commands.map(notedView),
    unknown: note.unknown.map(notedView),
  };
}

function notedView({ at, ...command }: NotedCommand): NoteView["commands"][number] {
  return { ...command, at: instant(at) };
}

export function onCallView(entry: OnCallEntry): OnCallView {
  const { id, equipment, text, acknowledgedBy } = entry;
  return {
    id,
    equipment,
    at: instant(entry.at),
    text,
    acknowledgedBy,
    acknowledgedAt: instantIf(entry.acknowledgedAt),
  };
}
