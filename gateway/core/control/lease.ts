import type { Caller } from "../access/policy.ts";

/**
 * R40, R41: control of one machine as a state machine. Events in, changes out; time is monotonic and a
 * parameter. Whether somebody may have control at all is asked elsewhere (`lease-rules.ts`); here is
 * who has it, how long it lives, and how it passes on.
 */

export const leaseLimits = {
  /** So long control lives after the issue of the last prompt that was answered, ms. */
  livesMs: 15_000,
  promptEveryMs: 5_000,
  /** So long a request waits for its answer; silence changes nothing (R41), ms. */
  requestMs: 30_000,
} as const;

/** Whoever has control or asks for it: one sign-in, whatever the number of its pages. */
export interface LeaseParty {
  readonly caller: Caller;
  readonly phone: boolean;
}

export interface Holding {
  readonly party: LeaseParty;
  /** Monotonic ms, as all times here. */
  readonly sinceMs: number;
  /** Issue of the newest prompt that was answered: an answer is as old as its question (R2). */
  readonly aliveMs: number;
  /** The newest prompt; an answer to an older one counts for nothing. */
  readonly prompt: { readonly n: number; readonly issuedMs: number; readonly answered: boolean } | undefined;
  /** A page of the holder was in front at the last answer. */
  readonly visible: boolean;
  /** Last sign of a person, not only of a page (R43). */
  readonly activeMs: number;
}

export interface Asking {
  readonly party: LeaseParty;
  readonly untilMs: number;
}

export interface Lease {
  readonly holding: Holding | undefined;
  readonly asking: Asking | undefined;
}

export const free: Lease = { holding: undefined, asking: undefined };

/** Why control ended without anybody's wish. */
export const leaseEnds = [
  "sign-in-ended",
  "right-lost",
  "booking-ended",
  "local-control",
  "key-unreadable",
  "locked-out",
  "island",
  "chain-unseen",
  "device-lock-lost",
] as const;
export type LeaseEnd = (typeof leaseEnds)[number];

export type LeaseEvent =
  /** From nobody; `force`: from whoever has it. */
  | { readonly type: "take" | "force"; readonly party: LeaseParty }
  | { readonly type: "release" | "withdraw" | "decline" | "acted"; readonly signInId: string }
  /** `asker`: the sign-in that gets it; undefined: whichever asks. */
  | { readonly type: "accept"; readonly signInId: string; readonly asker?: string | undefined }
  | { readonly type: "request"; readonly party: LeaseParty }
  | { readonly type: "prompt"; readonly n: number }
  | {
      readonly type: "alive";
      readonly signInId: string;
      readonly n: number;
      readonly visible: boolean;
      readonly active: boolean;
    }
  | { readonly type: "end"; readonly why: LeaseEnd }
  /** Nothing but time. */
  | { readonly type: "look" };

export interface LeaseStep {
  readonly lease: Lease;
  /** In order; the first may be what time has done meanwhile. */
  readonly changes: readonly LeaseChanged[];
  /** Why the event itself changed nothing. */
  readonly refused: LeaseRefusal | undefined;
}

export type LeaseRefusal =
  | "held-by-other"
  | "not-the-holder"
  | "nobody-has-it"
  | "nobody-asks"
  | "asked-already"
  | "old";

export interface LeaseChanged {
  readonly change:
    | "taken"
    | "released"
    | "requested"
    | "withdrawn"
    | "declined"
    | "handed-over"
    | "forced"
    | "expired"
    | "ended";
  /** Who had it before. */
  readonly from: Holding | undefined;
  /** Who has it now. */
  readonly to: LeaseParty | undefined;
  /** Who asked, withdrew or was declined. */
  readonly asker: LeaseParty | undefined;
  readonly why: LeaseEnd | "unanswered" | undefined;
}

/** Whoever has control at this moment, whether or not anybody has looked since it ran out. */
export function holderAt(lease: Lease, nowMs: number): Holding | undefined {
  const { holding } = lease;
  return holding && nowMs - holding.aliveMs < leaseLimits.livesMs ? holding : undefined;
}

export function askingAt(lease: Lease, nowMs: number): Asking | undefined {
  return lease.asking && holderAt(lease, nowMs) && nowMs < lease.asking.untilMs ? lease.asking : undefined;
}

export function isPromptDue(lease: Lease, nowMs: number): boolean {
  const holding = holderAt(lease, nowMs);
  return holding !== undefined && (!holding.prompt || nowMs - holding.prompt.issuedMs >= leaseLimits.promptEveryMs);
}

/** One event at one moment; what time has done until then comes first. */
export function stepLease(lease: Lease, event: LeaseEvent, nowMs: number): LeaseStep {
  const timed = passTime(lease, nowMs);
  const { lease: after, changes, refused } = apply(timed.lease, event, nowMs);
  return { lease: after, changes: [...timed.changes, ...changes], refused };
}

function passTime(lease: Lease, nowMs: number): LeaseStep {
  const { holding, asking } = lease;
  if (holding && !holderAt(lease, nowMs)) return changed(free, { change: "expired", from: holding });
  if (holding && asking && nowMs >= asking.untilMs) {
    return changed(
      { holding, asking: undefined },
      { change: "withdrawn", from: holding, to: holding.party, asker: asking.party, why: "unanswered" },
    );
  }
  return same(lease);
}

function apply(lease: Lease, event: LeaseEvent, nowMs: number): LeaseStep {
  switch (event.type) {
    case "take":
    case "force":
      return take(lease, event, nowMs);
    case "release":
      return ofHolder(lease, event.signInId, (holding) => changed(free, { change: "released", from: holding }));
    case "request":
      return request(lease, event.party, nowMs);
    case "withdraw":
      return withdraw(lease, event.signInId);
    case "accept":
      return ofHolder(lease, event.signInId, (holding) => accept(lease, holding, event.asker, nowMs));
    case "decline":
      return ofHolder(lease, event.signInId, (holding) => decline(lease, holding));
    case "prompt":
      return prompted(lease, event.n, nowMs);
    case "alive":
      return ofHolder(lease, event.signInId, (holding) => alive(lease, holding, event, nowMs));
    case "acted":
      return ofHolder(lease, event.signInId, (holding) => same({ ...lease, holding: { ...holding, activeMs: nowMs } }));
    case "end":
      return lease.holding ? changed(free, { change: "ended", from: lease.holding, why: event.why }) : same(lease);
    case "look":
      return same(lease);
  }
}

function take(lease: Lease, event: { type: "take" | "force"; party: LeaseParty }, nowMs: number): LeaseStep {
  const { party, type } = event;
  const { holding } = lease;
  if (holding?.party.caller.signInId === party.caller.signInId) return same(lease);
  if (!holding) return changed(held(party, nowMs), { change: "taken", to: party });
  if (type === "take") return refused(lease, "held-by-other");
  return changed(held(party, nowMs), { change: "forced", from: holding, to: party });
}

function request(lease: Lease, party: LeaseParty, nowMs: number): LeaseStep {
  const { holding, asking } = lease;
  if (!holding) return refused(lease, "nobody-has-it");
  if (holding.party.caller.signInId === party.caller.signInId) return same(lease);
  // Asking again does not make the holder's time longer.
  if (asking)
    return asking.party.caller.signInId === party.caller.signInId ? same(lease) : refused(lease, "asked-already");
  return changed(
    { holding, asking: { party, untilMs: nowMs + leaseLimits.requestMs } },
    { change: "requested", from: holding, to: holding.party, asker: party },
  );
}

function withdraw(lease: Lease, signInId: string): LeaseStep {
  const { holding, asking } = lease;
  if (!holding || asking?.party.caller.signInId !== signInId) return refused(lease, "nobody-asks");
  return changed(
    { holding, asking: undefined },
    { change: "withdrawn", from: holding, to: holding.party, asker: asking.party },
  );
}

function accept({ asking }: Lease, from: Holding, meant: string | undefined, nowMs: number): LeaseStep {
  if (!asking || (meant !== undefined && meant !== asking.party.caller.signInId))
    return refused({ holding: from, asking }, "nobody-asks");
  const { party: asker } = asking;
  return changed(held(asker, nowMs), { change: "handed-over", from, to: asker, asker });
}

function decline({ asking }: Lease, holding: Holding): LeaseStep {
  if (!asking) return refused({ holding, asking }, "nobody-asks");
  const { party: asker } = asking;
  const kept = { holding, asking: undefined };
  return changed(kept, { change: "declined", from: holding, to: holding.party, asker });
}

function prompted(lease: Lease, n: number, nowMs: number): LeaseStep {
  const { holding } = lease;
  if (!holding) return refused(lease, "nobody-has-it");
  return same({ ...lease, holding: { ...holding, prompt: { n, issuedMs: nowMs, answered: false } } });
}

/** Each page of the holder answers; one that is in front is enough for all. */
function alive(
  lease: Lease,
  holding: Holding,
  event: { n: number; visible: boolean; active: boolean },
  nowMs: number,
): LeaseStep {
  const { prompt } = holding;
  if (!prompt || prompt.n !== event.n) return refused(lease, "old");
  return same({
    ...lease,
    holding: {
      ...holding,
      aliveMs: prompt.issuedMs,
      prompt: { ...prompt, answered: true },
      visible: event.visible || (prompt.answered && holding.visible),
      activeMs: event.active ? nowMs : holding.activeMs,
    },
  });
}

function ofHolder(lease: Lease, signInId: string, step: (holding: Holding) => LeaseStep): LeaseStep {
  const { holding } = lease;
  if (!holding) return refused(lease, "nobody-has-it");
  return holding.party.caller.signInId === signInId ? step(holding) : refused(lease, "not-the-holder");
}

/** Taking control is a sign of life of page and person. */
function held(party: LeaseParty, nowMs: number): Lease {
  const holding = { party, sinceMs: nowMs, aliveMs: nowMs, prompt: undefined, visible: true, activeMs: nowMs };
  return { holding, asking: undefined };
}

function changed(lease: Lease, change: Pick<LeaseChanged, "change"> & Partial<LeaseChanged>): LeaseStep {
  const whole = { from: undefined, to: undefined, asker: undefined, why: undefined, ...change };
  return { lease, changes: [whole], refused: undefined };
}

function same(lease: Lease): LeaseStep {
  return { lease, changes: [], refused: undefined };
}

function refused(lease: Lease, why: LeaseRefusal): LeaseStep {
  return { lease, changes: [], refused: why };
}
