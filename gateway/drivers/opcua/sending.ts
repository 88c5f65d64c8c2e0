import type { Clock } from "../../core/clock.ts";
import type { CallRequest, CallResult, Point, WriteLane, WriteRequest, WriteResult } from "../../core/driver-port.ts";
import { WriteLane as Turns } from "../../kit/write-lane.ts";
import { buildCall, callResult } from "./calling.ts";
import type { DataTypes } from "./data-types.ts";
import { targetOf } from "./items.ts";
import type { CallResponse, Request, WireType, WriteResponse } from "./node-opcua.ts";
import type { ServerFacts } from "./server-facts.ts";
import type { Asks } from "./session.ts";
import type { Reply } from "./wire.ts";
import { buildWrite, type NotSent, notSent, writeResult } from "./writing.ts";

/** What stands while the session does. */
export interface OpenSession {
  readonly session: Asks;
  readonly facts: ServerFacts;
  readonly types: Pick<DataTypes, "ofVariables">;
}

type Order = Pick<WriteRequest, "lane" | "notAfterMs" | "withdrawn">;
type Built = { readonly ok: true; readonly request: Request } | { readonly ok: false; readonly why: string };

/** Writes and calls of one channel: one at a time in the order given, a stop at once. */
export class Sending {
  readonly #clock: Clock;
  readonly #open: () => OpenSession | undefined;
  readonly #turns = new Turns();
  readonly #wireTypes = new Map<Point, WireType | undefined>();

  /** @param open the session while it stands */
  constructor(clock: Clock, open: () => OpenSession | undefined) {
    this.#clock = clock;
    this.#open = open;
  }

  get waiting() {
    return { waitingWrites: this.#turns.waiting, refusedWrites: this.#turns.refused };
  }

  /** Asks for the data types of nodes, so that writing them needs no question first. */
  async learn(points: readonly Point[]): Promise<void> {
    const link = this.#open();
    if (!link) return;
    const known = points.flatMap((point) => {
      const target = targetOf(point, link.facts);
      return target ? [{ point, nodeId: target.nodeId }] : [];
    });
    const found = await link.types.ofVariables(known.map(({ nodeId }) => nodeId));
    known.forEach(({ point }, i) => void this.#wireTypes.set(point, found[i]));
  }

  /** Never throws. */
  write(request: WriteRequest, timeoutMs: number): Promise<WriteResult> {
    const { point, lane } = request;
    return this.#inTurn(lane, async () => {
      if (lane === "normal" && !this.#wireTypes.has(point)) await this.learn([point]);
      const build = ({ facts }: OpenSession) => buildWrite(request, this.#wireTypes.get(point), facts);
      const sent = await this.#send<WriteResponse>(request, timeoutMs, build);
      return "outcome" in sent ? sent : writeResult(sent);
    });
  }

  /** Never throws. */
  call(request: CallRequest, timeoutMs: number): Promise<CallResult> {
    return this.#inTurn(request.lane, async () => {
      const sent = await this.#send<CallResponse>(request, timeoutMs, ({ facts }) => buildCall(request, facts));
      return "outcome" in sent ? sent : callResult(sent);
    });
  }

  async #inTurn<R>(lane: WriteLane, task: () => Promise<R>): Promise<R | NotSent> {
    if (lane === "stop") return task();
    return (await this.#turns.run(task)) ?? notSent("not-connected", "too many writes wait for this device");
  }

  /** Everything up to the socket happens in one go, so that the age is looked at right before the bytes leave (DESIGN 11). */
  async #send<R>(
    { withdrawn, notAfterMs }: Order,
    timeoutMs: number,
    build: (link: OpenSession) => Built,
  ): Promise<Reply<R> | NotSent> {
    const link = this.#open();
    if (!link) return notSent("not-connected", "the connection is lost");
    const built = build(link);
    if (!built.ok) return notSent("not-supported", built.why);
    if (withdrawn?.aborted) return notSent("withdrawn", "it was taken back before its turn came");
    if (this.#clock.monotonicMs() > notAfterMs) return notSent("expired", "its time had passed before its turn came");
    return link.session.request<R>(built.request, timeoutMs);
  }
}
