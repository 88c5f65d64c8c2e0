import type { UseCases } from "../../services/use-cases.ts";
import type { AuditBeat, LinkBeat } from "../wire/live.ts";
import { frameOf } from "./frames.ts";
import type { LiveSession } from "./session.ts";

/**
 * The beat of each second: the gateway's time, the newest ticket (R2), whether the audit can be written, and
 * the links of the devices that the reader may see (R16). Encoded once for all who see the same devices. A slow reader gets
 * none: an old beat would only grow its queue and say what is no longer so.
 */
export function sendBeats(useCases: UseCases, sessions: ReadonlySet<LiveSession>, nowMs: number): void {
  const frames = new Map<string, Buffer>();
  const ticket = useCases.tickets.current();
  const audit = auditBeat(useCases);
  for (const session of sessions) {
    if (!session.identity || session.isSlow() || !session.mayReceive()) continue;
    const key = session.devices.join(",");
    let frame = frames.get(key);
    if (!frame) {
      const links = session.devices.flatMap((device) => linkOf(useCases, device));
      frame = frameOf({ type: "beat", at: Math.round(nowMs), ticket, audit, links });
      frames.set(key, frame);
    }
    // Most readers get samples within a moment: the beat then costs no write of its own.
    if (session.subscriptions.size > 0) session.hold(frame);
    else session.send(frame);
  }
}

export function auditBeat({ audit }: Pick<UseCases, "audit">): AuditBeat {
  return audit.state().available ? "written" : "unavailable";
}

/** Beats that found no frame to go with leave alone. */
export function releaseBeats(sessions: ReadonlySet<LiveSession>): void {
  for (const session of sessions) session.release();
}

function linkOf(useCases: UseCases, device: string): LinkBeat[] {
  const status = useCases.devices.status(device);
  if (!status) return [];
  return [{ device, state: status.state, ageMs: status.ageMs === undefined ? null : Math.round(status.ageMs) }];
}
