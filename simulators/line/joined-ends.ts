import type { Duplex } from "node:stream";
import type { LineState } from "./tcp-line.ts";

/** Two ends of a connection, joined. */
export interface JoinedEnds {
  /** To be called when the state of the line has changed. */
  follow(): void;
  destroy(): void;
}

/** Carries bytes both ways as the state of the line allows; when one end is gone the other is ended too. */
export function joinEnds(outside: Duplex, inside: Duplex, state: () => LineState): JoinedEnds {
  const inwards = carry(outside, inside, state, () => 0);
  const outwards = carry(inside, outside, state, () => state().answerDelayMs);
  const destroy = (): void => {
    inwards.stop();
    outwards.stop();
    outside.destroy();
    inside.destroy();
  };
  // Peers that go away in the middle are everyday life here; `close` always follows an error.
  outside.on("error", destroy).on("close", destroy);
  inside.on("error", destroy).on("close", destroy);
  return {
    follow() {
      inwards.follow();
      outwards.follow();
    },
    destroy,
  };
}

interface Carrier {
  follow(): void;
  stop(): void;
}

/** Chunks that are under way are kept in order also where the delay changes. */
function carry(from: Duplex, to: Duplex, state: () => LineState, delayMs: () => number): Carrier {
  const timers = new Set<NodeJS.Timeout>();
  /** Timers of unlike lengths that are due together go off in any order; what they let through goes in its own. */
  const underWay: (Buffer | null)[] = [];
  let blocked = false;
  let lastDueMs = 0;
  const follow = (): void => {
    if (state().hung || blocked) from.pause();
    else from.resume();
  };
  const pass = (bytes: Buffer | null): void => {
    if (to.destroyed || to.writableEnded) return;
    if (bytes === null) {
      to.end();
      return;
    }
    blocked = !to.write(bytes);
    if (!blocked) return;
    follow();
    to.once("drain", () => {
      blocked = false;
      follow();
    });
  };
  const send = (bytes: Buffer | null): void => {
    const nowMs = performance.now();
    const dueMs = Math.max(nowMs + delayMs(), lastDueMs);
    if (dueMs <= nowMs && timers.size === 0) {
      pass(bytes);
      return;
    }
    lastDueMs = dueMs;
    underWay.push(bytes);
    const timer = setTimeout(() => {
      timers.delete(timer);
      pass(underWay.shift() ?? null);
    }, dueMs - nowMs);
    timers.add(timer);
  };
  from.on("data", (bytes: Buffer) => send(bytes));
  from.on("end", () => send(null));
  follow();
  return {
    follow,
    stop() {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}
