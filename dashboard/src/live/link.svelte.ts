import type { AuditBeat, LinkBeat } from "../api/wire.ts";
import type { LinkPhase } from "./socket.ts";

const tickMs = 500;

/** The two links and their ages, as the screens show them. Numbers move twice a second at most. */
class Link {
  phase = $state<LinkPhase>("connecting");
  /** UTC ms of the gateway's clock when the link was lost. */
  lostSinceMs = $state<number | undefined>(undefined);
  /** Rises with every connection. */
  epoch = $state(0);
  ticket = "";
  /** False: the gateway refuses every write but stop. Kept as it was said last while nothing is heard. */
  auditWritten = $state(true);
  #beat = $state.raw<{ at: number; arrived: number; devices: ReadonlyMap<string, LinkBeat> } | undefined>(undefined);
  #now = $state(performance.now());
  #wallMs = $state(Date.now());
  #timer: ReturnType<typeof setInterval> | undefined;

  start(): void {
    this.#timer = setInterval(() => {
      this.#now = performance.now();
      this.#wallMs = Date.now();
    }, tickMs);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.phase = "connecting";
    this.lostSinceMs = undefined;
    this.#beat = undefined;
    this.ticket = "";
    this.auditWritten = true;
  }

  get live(): boolean {
    return this.phase === "live";
  }

  get lost(): boolean {
    return this.phase === "lost";
  }

  /** UTC ms by the gateway's clock, carried on by the browser's monotonic one. Before the first beat: the browser's. */
  get nowMs(): number {
    return this.#beat ? this.#beat.at + (this.#now - this.#beat.arrived) : this.#wallMs;
  }

  /** The same, of this very moment and not of the last tick. */
  exactMs(): number {
    return this.#beat ? this.#beat.at + (performance.now() - this.#beat.arrived) : Date.now();
  }

  /** Milliseconds since the last beat; undefined: never. */
  get gatewayAgeMs(): number | undefined {
    return this.#beat ? Math.max(0, this.#now - this.#beat.arrived) : undefined;
  }

  device(id: string): LinkBeat | undefined {
    return this.#beat?.devices.get(id);
  }

  /** Milliseconds since the device was last proven alive: the gateway's figure and what has passed since. */
  deviceAgeMs(id: string): number | undefined {
    const beat = this.device(id);
    if (!beat || beat.ageMs === null || this.gatewayAgeMs === undefined) return undefined;
    return beat.ageMs + this.gatewayAgeMs;
  }

  beat(message: { at: number; ticket: string; audit: AuditBeat; links: readonly LinkBeat[] }): void {
    this.#beat = {
      at: message.at,
      arrived: performance.now(),
      devices: new Map(message.links.map((link) => [link.device, link])),
    };
    this.#now = this.#beat.arrived;
    this.ticket = message.ticket;
    this.auditWritten = message.audit === "written";
  }

  move(phase: LinkPhase): void {
    // Lost is dated by the last beat, which is the last moment that was seen.
    if (phase === "lost") this.lostSinceMs = this.#beat?.at ?? Date.now();
    if (phase === "live") this.lostSinceMs = undefined;
    // A ticket of a connection that is gone must not sign anything (R2, R4).
    if (phase !== "live") this.ticket = "";
    this.phase = phase;
  }
}

export const link = new Link();
