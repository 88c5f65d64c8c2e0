import { silentLog } from "../../core/log.ts";
import { ManualTime } from "../../kit/testing/manual-time.ts";
import { defaultLimits, type LiveLimits } from "../limits.ts";
import { type Attached, LiveHub } from "../live/hub.ts";
import type { Peer } from "../live/session.ts";
import type { ClientMessage, ServerMessage } from "../wire/live.ts";
import { ApiBench } from "./api-bench.ts";

/** The texts of the server's frames in these bytes (RFC 6455 §5.2). */
export function payloadsOf(bytes: Buffer): string[] {
  const texts: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const short = bytes[at + 1] ?? 0;
    const header = short === 127 ? 10 : short === 126 ? 4 : 2;
    const length =
      header === 10 ? Number(bytes.readBigUInt64BE(at + 2)) : header === 4 ? bytes.readUInt16BE(at + 2) : short;
    texts.push(bytes.toString("utf8", at + header, at + header + length));
    at += header + length;
  }
  return texts;
}

/** The other end of a socket, in memory; `paused` it takes nothing and bytes pile up. */
export class ReaderPeer implements Peer {
  readyState = 1;
  bufferedAmount = 0;
  paused = false;
  answersPings = true;
  closed: { code: number; reason: string } | undefined;
  terminated = false;
  readonly frames: Buffer[] = [];
  attached: Attached | undefined;

  send(data: Buffer): void {
    this.frames.push(data);
    if (this.paused) this.bufferedAmount += data.length;
  }

  close(code: number, reason: string): void {
    this.closed ??= { code, reason };
    this.readyState = 2;
  }

  terminate(): void {
    this.terminated = true;
    this.readyState = 3;
  }

  ping(): void {
    if (this.answersPings) this.attached?.pong();
  }

  resume(): void {
    this.paused = false;
    this.bufferedAmount = 0;
  }

  /** What came since the last call. */
  take(): ServerMessage[] {
    return this.frames
      .splice(0)
      .flatMap(payloadsOf)
      .map((text) => JSON.parse(text) as ServerMessage);
  }

  takeOf<Type extends ServerMessage["type"]>(type: Type): Extract<ServerMessage, { type: Type }>[] {
    return this.take().filter((message) => message.type === type) as Extract<ServerMessage, { type: Type }>[];
  }

  say(message: ClientMessage | object | string): void {
    const text = typeof message === "string" ? message : JSON.stringify(message);
    this.attached?.received(Buffer.from(text), false);
  }
}

/** The hub over the bench, on a clock that a test moves. */
export class LiveBench {
  readonly time = new ManualTime();
  readonly bench: ApiBench;
  readonly hub: LiveHub;

  constructor(limits: Partial<LiveLimits> = {}) {
    this.bench = new ApiBench(this.time, this.time);
    this.bench.populate();
    this.hub = new LiveHub(this.bench.useCases, { ...defaultLimits.live, ...limits }, this.time, this.time, silentLog);
  }

  open(address = "127.0.0.1"): ReaderPeer {
    const peer = new ReaderPeer();
    peer.attached = this.hub.attach(peer, { address, userAgent: "" });
    return peer;
  }

  /** Opens and says who it is. */
  async enter(name: string, since?: number): Promise<ReaderPeer> {
    const peer = this.open();
    const { accessToken: token } = await this.bench.people.enter(name);
    peer.say({ type: "authenticate", token, ...(since === undefined ? {} : { since }) });
    await this.time.advance(0);
    return peer;
  }

  /** Opens, says who it is and subscribes; what came until here is taken. */
  async watch(name: string, tags: string[], intervalMs = 100): Promise<ReaderPeer> {
    const peer = await this.enter(name);
    peer.say({ type: "subscribe", id: 1, tags, intervalMs });
    await this.time.advance(intervalMs);
    peer.take();
    return peer;
  }

  handle(tag: string): number {
    return this.bench.plant.tags.find((each) => each.name === tag)?.handle ?? -1;
  }
}
