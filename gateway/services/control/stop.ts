import type { CommandRecord } from "../../core/control/command.ts";
import { told } from "../../core/control/event-words.ts";
import type { WriteResult } from "../../core/driver-port.ts";
import type { CommandStep, Equipment, Operand, StopDeclaration } from "../../core/plant.ts";
import { toRaw } from "../../core/scaling.ts";
import type { Value } from "../../core/value.ts";
import type { Desk } from "./desk.ts";
import { byStopRequest } from "./endings.ts";
import { commandEntry } from "./evidence.ts";
import type { StopRound } from "./shared-work.ts";
import { judgeExpression, pause, tagsOf } from "./verify.ts";

/** How often the request goes out again until the feedback comes (R10). */
export const repeatEveryMs = 500;
/** So long a request is tried; what has not left by then never leaves (R10). */
const triedForMs = 3000;

type SentStep = "stop-sent" | "stop-again" | "stop-after-flight";

interface Run {
  readonly equipment: Equipment;
  readonly stop: StopDeclaration;
  readonly id: string;
  readonly startedMs: number;
  /** Monotonic ms of the first round of which something left; what was seen before proves nothing. */
  sentMs: number | undefined;
  lastWriteMs: number;
  lastWrites: readonly WriteResult[];
}

/**
 * R10: the stop request's own path. No queue, select, ticket or record stands before it; it goes out
 * at once in the stop lane, again each half second and once more after any write in flight, until the
 * feedback is read or the window is over. It is recorded beside, not before.
 */
export async function runStop(
  desk: Desk,
  equipment: Equipment,
  stop: StopDeclaration,
  record: CommandRecord,
): Promise<void> {
  const { activity } = desk;
  activity.stopping(equipment.id, 1);
  try {
    const run: Run = {
      equipment,
      stop,
      id: record.id,
      startedMs: desk.clock.monotonicMs(),
      sentMs: undefined,
      lastWriteMs: Number.NEGATIVE_INFINITY,
      lastWrites: [],
    };
    const again = sendAfterFlight(desk, run);
    const pursuit = pursue(desk, run);
    // In the same turn, so that nothing gets in between; taking back hundreds is work the request need not wait for.
    activity.cancelPending(equipment.id, byStopRequest);
    await Promise.all([pursuit, again]);
  } finally {
    activity.stopping(equipment.id, -1);
  }
}

/** A write that was already on the wire may land after the first stop: the stop goes out once more behind it. */
async function sendAfterFlight(desk: Desk, run: Run): Promise<void> {
  if (await desk.activity.settled(run.equipment.id)) await send(desk, run, "stop-after-flight");
}

async function pursue(desk: Desk, run: Run): Promise<void> {
  const until = run.startedMs + triedFor(run);
  const sending: Promise<void>[] = [];
  const look = looker(desk, run, until);
  for (;;) {
    const now = desk.clock.monotonicMs();
    if (now >= until) break;
    if (now - run.lastWriteMs >= repeatEveryMs) {
      run.lastWriteMs = now;
      // Not awaited: a device that is slow to answer must not keep the feedback from being read.
      const again = sending.length > 0;
      const sent = send(desk, run, again ? "stop-again" : "stop-sent");
      sending.push(sent);
      if (!again) await Promise.race([sent, pause(desk, repeatEveryMs)]);
    }
    if (run.sentMs !== undefined && (await look(run.sentMs))) {
      desk.book.update(run.id, { state: "VERIFIED", evidence: "effect" }, { state: "VERIFIED", ...told("stopped") });
      return;
    }
    await pause(desk, Math.min(100, Math.max(1, until - desk.clock.monotonicMs())));
  }
  giveUp(desk, run);
  await Promise.allSettled(sending);
}

/** At least 3 s, however soon the machine should stand (R10). */
function triedFor({ stop }: Run): number {
  return Math.max(triedForMs, stop.feedback.withinMs);
}

/**
 * One look at a time, and none of them keeps the next request from going out. What a look has seen while
 * nobody waited for it counts when it is asked for next.
 */
function looker(desk: Desk, run: Run, until: number): (sentMs: number) => Promise<boolean> {
  let looking: Promise<boolean> | undefined;
  let seen = false;
  return (sentMs) => {
    if (seen) return Promise.resolve(true);
    looking ??= confirmed(desk, run, sentMs, until)
      .then((shows) => {
        seen = shows;
        return shows;
      })
      .finally(() => {
        looking = undefined;
      });
    const dueMs = run.lastWriteMs + repeatEveryMs - desk.clock.monotonicMs();
    return Promise.race([looking, pause(desk, Math.max(1, dueMs)).then(() => false)]);
  };
}

/** Never rejects: nobody may wait for it any more when it ends. */
async function send(desk: Desk, run: Run, step: SentStep): Promise<void> {
  try {
    await sendRound(desk, run, step);
  } catch (error) {
    desk.log.error({ err: error, command: run.id }, "a stop request could not be sent");
  }
}

async function sendRound(desk: Desk, run: Run, step: SentStep): Promise<void> {
  const { activity, clock } = desk;
  const { results, sentMs } = await activity.stopRounds.join(run.equipment.id, clock.monotonicMs(), () =>
    writeAll(desk, run),
  );
  run.lastWrites = results;
  const left = results.filter((result) => result.outcome !== "not-sent");
  if (left.length === 0) return;
  const first = run.sentMs === undefined;
  run.sentMs ??= Math.max(sentMs, run.startedMs);
  const sentAt = clock.wallMs();
  desk.book.update(run.id, first ? { sentAt } : {}, {
    state: "SENT",
    ...told(step, { outcomes: results.map((each) => each.outcome).join(", ") }),
  });
}

/** One round of the declared writes, in order. */
async function writeAll(desk: Desk, run: Run): Promise<StopRound> {
  const sentMs = desk.clock.monotonicMs();
  const notAfterMs = run.startedMs + triedFor(run);
  const results: WriteResult[] = [];
  for (const step of run.stop.do) results.push(await sendStep(desk, run, step, notAfterMs));
  return { results, sentMs };
}

/** The configuration's check has made sure that a stop has constants only. */
function sendStep(desk: Desk, run: Run, step: CommandStep, notAfterMs: number): Promise<WriteResult> {
  const { id, tags } = run.equipment;
  if ("call" in step) {
    const given = step.arguments.map((argument) => ({ type: argument.type, value: constantOf(id, argument) }));
    return desk.field.call(step.device, step.method, given, "stop", notAfterMs);
  }
  const tag = tags.find((each) => each.id === step.write);
  if (!tag) throw new Error(`stop of ${id}: there is no tag ${step.write}`);
  const fitted = toRaw(tag, constantOf(id, step));
  if (!fitted.ok) throw new Error(`stop of ${id}: ${step.write} needs ${fitted.why}`);
  return desk.field.write(tag, fitted.raw, "stop", notAfterMs);
}

function constantOf(equipment: string, operand: Operand): Value {
  if ("value" in operand) return operand.value;
  throw new Error(`stop of ${equipment}: ${operand.argument} is no constant`);
}

/**
 * Reads what the feedback stands on; never waits past the window. Of a device that can only be heard
 * counts what it said since the request left.
 */
async function confirmed(desk: Desk, run: Run, sentMs: number, until: number): Promise<boolean> {
  const now = desk.clock.monotonicMs();
  const look = desk.activity.stopLooks.join(run.equipment.id, now, () => lookNow(desk, run, sentMs), sentMs);
  const late = pause(desk, Math.max(1, until - now)).then(() => false);
  return Promise.race([look, late]);
}

async function lookNow(desk: Desk, run: Run, sentMs: number): Promise<boolean> {
  const expression = desk.conditions.expression(run.equipment.id, run.stop.feedback.when);
  const tags = tagsOf(desk, expression);
  return judgeExpression(desk, expression, tags, await desk.field.readNow(tags, sentMs, "stop")) === true;
}

function giveUp(desk: Desk, run: Run): void {
  const rejected = run.lastWrites.find((result) => result.outcome === "rejected");
  if (run.sentMs === undefined) {
    const why = run.lastWrites.find((result) => result.outcome === "not-sent");
    const detail = why && "detail" in why ? why.detail : "no connection";
    const text = { en: `Not sent: ${detail}`, it: `Non inviata: ${detail}` };
    const said = told("not-confirmed-unsent", { detail });
    desk.book.update(
      run.id,
      { state: "FAILED", causes: [{ cause: "communication-loss", text }] },
      { state: "FAILED", ...said },
    );
    return;
  }
  if (rejected && "detail" in rejected) {
    const text = {
      en: `The device refused: ${rejected.detail}`,
      it: `Il dispositivo ha rifiutato: ${rejected.detail}`,
    };
    const said = told("not-confirmed-refused", { detail: rejected.detail });
    desk.book.update(
      run.id,
      { state: "FAILED", causes: [{ cause: "device-rejected", text }] },
      { state: "FAILED", ...said },
    );
    return;
  }
  desk.book.update(run.id, { state: "UNKNOWN" }, { state: "UNKNOWN", ...told("not-confirmed") });
}

/** Beside the course of the stop; a store that fails is logged and stands in nobody's way. */
export async function recordStop(
  desk: Desk,
  record: CommandRecord,
  action: "stop.requested" | "stop.result",
  unrecorded: (record: CommandRecord) => void,
): Promise<void> {
  desk.audit.note(commandEntry(desk, record, action));
  try {
    await (action === "stop.requested" ? desk.store.record(record) : desk.store.recordResult(record));
  } catch (error) {
    desk.log.error({ err: error, command: record.id }, "a stop request could not be recorded; it is tried again");
    unrecorded(record);
  }
}
