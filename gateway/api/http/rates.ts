import type { FastifyRequest } from "fastify";
import type { Clock } from "../../core/clock.ts";
import { PlanciaError } from "../../core/errors.ts";
import { RecentTable } from "../../kit/recent-table.ts";
import type { ApiLimits } from "../limits.ts";
import { countedAs } from "./identity.ts";

export const limitedBy = ["address", "user", "organisation"] as const;
export type LimitedBy = (typeof limitedBy)[number];

interface Bucket {
  left: number;
  atMs: number;
}

const rows = 10_000;
const minuteMs = 60_000;

/**
 * S21: requests of one person, and of everybody of one organisation, a minute, so that neither takes the
 * gateway from the others; beside the limit of an address, which is settled before it is known who asks.
 * A stop request is never held up (R10), nor do people without an organisation share a limit.
 */
export class PeopleRates {
  readonly #limits: Pick<ApiLimits, "userRequestsPerMinute" | "organisationRequestsPerMinute">;
  readonly #clock: Clock;
  readonly #exceeded: (by: LimitedBy) => void;
  readonly #users = new RecentTable<Bucket>(rows, minuteMs);
  readonly #organisations = new RecentTable<Bucket>(rows, minuteMs);

  constructor(
    limits: Pick<ApiLimits, "userRequestsPerMinute" | "organisationRequestsPerMinute">,
    clock: Clock,
    exceeded: (by: LimitedBy) => void,
  ) {
    this.#limits = limits;
    this.#clock = clock;
    this.#exceeded = exceeded;
  }

  /** @throws PlanciaError request/rate-limited. */
  take({ identity }: Pick<FastifyRequest, "identity">): void {
    if (!identity) return;
    const { id, organisation } = countedAs(identity);
    const { userRequestsPerMinute, organisationRequestsPerMinute } = this.#limits;
    this.#takeOne(this.#users, id, userRequestsPerMinute, "user");
    if (organisation !== undefined)
      this.#takeOne(this.#organisations, organisation, organisationRequestsPerMinute, "organisation");
  }

  #takeOne(table: RecentTable<Bucket>, key: string, perMinute: number, by: LimitedBy): void {
    const now = this.#clock.monotonicMs();
    const before = table.get(key, now);
    const refilled = before ? before.left + ((now - before.atMs) * perMinute) / minuteMs : perMinute;
    const left = Math.min(perMinute, refilled) - 1;
    if (left < 0) {
      this.#exceeded(by);
      const retryAfterS = Math.ceil((-left * minuteMs) / perMinute / 1000);
      throw new PlanciaError("request/rate-limited", `Too many requests of this ${by}.`, { retryAfterS });
    }
    table.set(key, { left, atMs: now }, now);
  }
}
