import type { FastifyRequest } from "fastify";
import { Slices } from "../../kit/slices.ts";
import type { RoutePolicy } from "../policy.ts";

/** Requests that go on in one turn of the event loop; those of a crowd that came together wait for the next ones. */
const requestsPerTurn = 8;

/** R10: a crowd of requests never fills a turn so that a stop request behind it has to wait for all of them. */
export class RequestTurns {
  readonly #slices = new Slices<() => void>(requestsPerTurn, (go) => go());

  /** The onRequest step; a stop request goes on at once. */
  readonly wait = async (request: Pick<FastifyRequest, "routeOptions">): Promise<void> => {
    if (isStop(request.routeOptions.config.policy)) return;
    await new Promise<void>((resolve) => this.#slices.push(resolve));
  };
}

function isStop(policy: RoutePolicy | undefined): boolean {
  return policy === "stop-credential";
}
