import { type Grant, nextEdgeOf, type Right, rightOf, timeGap } from "../../core/access/grant.ts";
import type { AccessSubject } from "../../core/access/may.ts";
import type { Slot } from "../../core/access/policy.ts";
import type { OrganisationRecord } from "../../core/access-port.ts";
import type { Clock } from "../../core/clock.ts";
import type { Plant } from "../../core/plant.ts";
import type { AccessSnapshot, UserRecord } from "../../core/records-port.ts";
import { RightsClock } from "../../kit/rights-clock.ts";

/** What of the site grants are about. */
export interface SiteOfRights {
  /** IANA. */
  readonly zone: string;
  /** Equipment ids by area. */
  readonly areas: ReadonlyMap<string, readonly string[]>;
}

export function siteOfRights(plant: Pick<Plant, "site" | "equipment">): SiteOfRights {
  const placed = plant.equipment.filter((each) => each.area !== undefined);
  const byArea = Map.groupBy(placed, (each) => each.area ?? "");
  return {
    zone: plant.site.timezone,
    areas: new Map([...byArea].map(([area, machines]) => [area, machines.map(({ id }) => id)])),
  };
}

/** A site without areas, for tests. */
export const noAreas: SiteOfRights = { zone: "Europe/Rome", areas: new Map() };

export interface RightsOfNow {
  readonly rights: readonly Right[];
  readonly slots: readonly Slot[];
}

/** Grants and organisations as last read, and what they come to now. Time never goes back here (decision 010). */
export class RightsTable {
  readonly #site: SiteOfRights;
  readonly #clock: RightsClock;
  #organisations: ReadonlyMap<string, OrganisationRecord> = new Map();
  #ofUser: ReadonlyMap<string, readonly Grant[]> = new Map();
  #ofOrganisation: ReadonlyMap<string, readonly Grant[]> = new Map();
  #slots: ReadonlyMap<string, readonly Slot[]> = new Map();
  #edgeMs = Number.POSITIVE_INFINITY;

  constructor(site: SiteOfRights, clock: Clock) {
    this.#site = site;
    this.#clock = new RightsClock(clock, () => undefined);
  }

  take(snapshot: Pick<AccessSnapshot, "organisations" | "grants" | "slots">): void {
    const bySubject = (kind: "user" | "organisation") =>
      Map.groupBy(
        snapshot.grants.filter(({ subject }) => subject.kind === kind),
        ({ subject }) => subject.id,
      );
    this.#organisations = new Map(snapshot.organisations.map((each) => [each.id, each]));
    this.#ofUser = bySubject("user");
    this.#ofOrganisation = bySubject("organisation");
    this.#slots = snapshot.slots;
    this.begin();
  }

  /** From here on `of` is asked for everybody anew. */
  begin(): void {
    const now = this.#clock.nowMs();
    this.#edgeMs = Number.POSITIVE_INFINITY;
    for (const grants of [...this.#ofUser.values(), ...this.#ofOrganisation.values()]) {
      for (const grant of grants) this.#edgeMs = Math.min(this.#edgeMs, nextEdgeOf(grant, this.#site.zone, now));
    }
  }

  /** Whether the times of some grant changed what it gives since. */
  isPastEdge(): boolean {
    return this.#clock.nowMs() >= this.#edgeMs;
  }

  /** undefined: cannot sign in. */
  of(user: UserRecord): RightsOfNow | undefined {
    const subject = this.subjectOf(user);
    if (subject.disabled) return undefined;
    if (subject.guest) return { rights: [], slots: subject.slots };
    const now = this.#clock.nowMs();
    return { rights: subject.grants.flatMap((grant) => rightOf(grant, this.#site, now) ?? []), slots: [] };
  }

  /** Whether somebody can sign in and the times of the own grant, asked now, allow it. */
  ownInForce(user: UserRecord): boolean {
    const { disabled, grants } = this.subjectOf(user);
    const own = grants.find((grant) => grant.own);
    return !disabled && own !== undefined && timeGap(own, this.#site.zone, this.#clock.nowMs()) === undefined;
  }

  /** All of somebody's grants, in force or not. */
  subjectOf(user: UserRecord): AccessSubject {
    const guest = user.role === "guest";
    const organisation = this.#organisations.get(user.organisation ?? "");
    const personal = this.#ofUser.get(user.id) ?? [];
    const common = guest ? [] : (this.#ofOrganisation.get(user.organisation ?? "") ?? []);
    return {
      guest,
      disabled: user.disabled || organisation?.disabled === true,
      grants: [
        ownGrant(
          user,
          personal.find(({ own }) => own),
        ),
        ...personal.filter(({ own }) => !own),
        ...common,
      ],
      slots: guest ? (this.#slots.get(user.id) ?? []) : [],
    };
  }
}

/** Role and machines are the account's, so that one just made or changed here is right before the next look. */
function ownGrant(user: UserRecord, stored: Grant | undefined): Grant {
  const { id, role, equipment } = user;
  const unbounded = { areas: [], highestClass: "C3", notBefore: undefined, notAfter: undefined, hours: [] } as const;
  return { ...unbounded, ...stored, id: stored?.id ?? id, own: true, subject: { kind: "user", id }, role, equipment };
}
