import type { Clock } from "../../core/clock.ts";
import type { Point, Reading } from "../../core/driver-port.ts";
import { PlanciaError } from "../../core/errors.ts";
import { Status } from "../../core/status.ts";
import { learnStructures, selectionOf, targetOf, tooManyOperations } from "./items.ts";
import { ReadRequest, type ReadResponse, TimestampsToReturn } from "./node-opcua.ts";
import { partsOf, type ServerFacts } from "./server-facts.ts";
import type { Asks } from "./session.ts";
import type { Structures } from "./structures.ts";
import { toReading } from "./values.ts";

/** What points are read from. */
export interface Readable {
  readonly session: Asks;
  readonly facts: ServerFacts;
  readonly structures: Pick<Structures, "learn" | "leaf">;
}

/**
 * Reads points now, from the device rather than from the server's memory (maxAge 0), in groups within
 * the server's limits. One reading per point in order; an answer after its time is none (Bad_Timeout).
 * @throws PlanciaError device/connection-lost; the signal's reason.
 */
export async function readPoints(
  { session, facts, structures }: Readable,
  points: readonly Point[],
  more: { readonly timeoutMs: number; readonly signal: AbortSignal; readonly clock: Clock },
): Promise<readonly Reading[]> {
  more.signal.throwIfAborted();
  const found = new Map<Point, Reading>();
  const known = points.filter((point) => targetOf(point, facts) !== undefined);
  const readAll = async () => {
    await learnStructures(points, facts, structures);
    const parts = partsOf(known, facts.nodesPerRead);
    await Promise.all(parts.map((part) => readPart({ session, facts, structures }, part, more, found)));
  };
  await untilAborted(more.signal, readAll());
  return points.map((point) => found.get(point) ?? { value: null, status: Status.Bad_NodeIdUnknown });
}

async function readPart(
  { session, facts, structures }: Readable,
  points: readonly Point[],
  more: { readonly timeoutMs: number; readonly clock: Clock },
  found: Map<Point, Reading>,
): Promise<void> {
  const { timeoutMs, clock } = more;
  const request = new ReadRequest({
    nodesToRead: points.map((point) => targetOf(point, facts) ?? {}),
    timestampsToReturn: TimestampsToReturn.Source,
    maxAge: 0,
  });
  const sentAtMs = clock.monotonicMs();
  const reply = await session.request<ReadResponse>(request, timeoutMs);
  if (reply.kind === "lost") throw new PlanciaError("device/connection-lost", reply.why);
  if (reply.kind === "refused" && reply.status === tooManyOperations && points.length > 1) {
    const halves = partsOf(points, Math.ceil(points.length / 2));
    await Promise.all(halves.map((half) => readPart({ session, facts, structures }, half, more, found)));
    return;
  }
  const at = clock.wallMs();
  // Where this process stood still, the answer lay in the socket meanwhile: without a source time nothing tells its age.
  const isLate = clock.monotonicMs() - sentAtMs > timeoutMs;
  points.forEach((point, i) => {
    const data = reply.kind === "answer" ? reply.response.results?.[i] : undefined;
    const reading = data && toReading(data, point.type, at, selectionOf(point, structures));
    const none = { value: null, status: isLate ? Status.Bad_Timeout : failure(reply) };
    found.set(point, isLate ? none : (reading ?? none));
  });
}

function failure(reply: { readonly kind: string; readonly status?: number }): number {
  if (reply.kind === "silent") return Status.Bad_Timeout;
  return reply.status ?? Status.Bad_UnexpectedError;
}

function untilAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(signal.reason);
    signal.addEventListener("abort", giveUp, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", giveUp));
  });
}
