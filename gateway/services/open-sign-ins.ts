import { allows, type Caller } from "../core/access/policy.ts";
import type { Clock } from "../core/clock.ts";
import { PlanciaError } from "../core/errors.ts";
import type { SignInLimits } from "../core/plant.ts";
import type { PeopleStore, SignInRecord } from "../core/records-port.ts";
import { type AuditDesk, auditEntry } from "./audit.ts";
import type { FactorGate } from "./factor-gate.ts";
import type { KnownCallers } from "./known-callers.ts";
import { actorOf, onRecord, type TokensOfPeople, tokensToEnd } from "./people.ts";
import { signInEndsAt } from "./sign-in-limits.ts";

/** A sign-in as its person may see it: no secret and no hash of one. */
export type OpenSignIn = Pick<
  SignInRecord,
  "id" | "createdAt" | "lastSeenAt" | "secondFactor" | "lockedAt" | "address" | "userAgent"
> & { readonly endsAt: number };

/** Who is signed in where: one's own, and everybody's for administrators. */
export interface OpenSignIns {
  /** Newest first. @throws PlanciaError auth/forbidden. */
  list(caller: Caller, userId: string): Promise<readonly OpenSignIn[]>;
  /** @throws PlanciaError request/not-found, auth/forbidden, auth/step-up-required for somebody else's. */
  end(caller: Caller, userId: string, id: string): Promise<void>;
  /**
   * Every sign-in of a person but the asking one, and every token of their programs. On the record first.
   * @throws PlanciaError request/not-found, auth/forbidden, auth/step-up-required for somebody else's, store/unavailable.
   */
  endAll(caller: Caller, userId: string): Promise<void>;
}

export interface OpenSignInSettings {
  readonly people: PeopleStore;
  readonly known: KnownCallers;
  readonly gate: FactorGate;
  readonly organisations: TokensOfPeople;
  readonly audit: Pick<AuditDesk, "append" | "note">;
  /** After each change; never rejects. */
  readonly changed: () => Promise<void>;
  readonly limits: SignInLimits;
  /** By which sign-ins end. */
  readonly clock: Clock;
  /** Of what is recorded; the same where it is not given. */
  readonly dates?: Clock;
}

export class OpenSignInDesk implements OpenSignIns {
  readonly #with: OpenSignInSettings;

  constructor(settings: OpenSignInSettings) {
    this.#with = settings;
  }

  async list(caller: Caller, userId: string): Promise<readonly OpenSignIn[]> {
    this.#assertMay(caller, userId);
    return (await this.#open(userId)).map(({ id, createdAt, lastSeenAt, secondFactor, lockedAt, ...more }) => {
      const endsAt = Math.min(more.expiresAt, lastSeenAt + this.#with.limits.idleMs);
      return {
        id,
        createdAt,
        lastSeenAt,
        secondFactor,
        lockedAt,
        endsAt,
        address: more.address,
        userAgent: more.userAgent,
      };
    });
  }

  async end(caller: Caller, userId: string, id: string): Promise<void> {
    const { people, known, gate, audit, clock } = this.#with;
    this.#assertMay(caller, userId);
    if (userId !== caller.userId) gate.assertFresh(caller, "sign-in.end");
    // S2: another's is found by nobody who asks among his own.
    if (!(await this.#open(userId)).some((signIn) => signIn.id === id))
      throw new PlanciaError("request/not-found", "There is no such sign-in");
    await people.endSignIn(id);
    known.drop(id);
    known.tell();
    const { name: who, address } = caller;
    const target = (await people.findUser(userId))?.name;
    const entry = {
      at: (this.#with.dates ?? clock).wallMs(),
      class: "sign-in",
      action: "sign-in.ended",
      who,
      address,
    } as const;
    audit.note(auditEntry({ ...entry, target, result: "done", detail: { signIn: id } }));
  }

  async endAll(caller: Caller, userId: string): Promise<void> {
    const { people, organisations, gate, clock } = this.#with;
    this.#assertMay(caller, userId);
    if (userId !== caller.userId) gate.assertFresh(caller, "sign-in.end-all");
    const user = await people.findUser(userId);
    if (user === undefined) throw new PlanciaError("request/not-found", "There is no such user");
    const dates = this.#with.dates ?? clock;
    const signIns = (await this.#open(userId)).filter(({ id }) => id !== caller.signInId).length;
    const detail = { signIns, ...(await tokensToEnd({ organisations, clock: dates }, userId)) };
    const entry = { action: "sign-in.all-ended", target: user.name, detail };
    await onRecord({ ...this.#with, clock: dates }, actorOf(caller), entry, async () => {
      await organisations.revokeTokensOf(userId, dates.wallMs());
      await people.endSignInsOf(userId, caller.signInId);
    });
  }

  async #open(userId: string): Promise<readonly SignInRecord[]> {
    const { people, clock, limits } = this.#with;
    const now = clock.wallMs();
    return (await people.listSignIns(userId, now)).filter((signIn) => now < signInEndsAt(signIn, limits));
  }

  #assertMay(caller: Caller, userId: string): void {
    if (userId === caller.userId && caller.scope === "full") return;
    if (!allows(caller, "people:manage")) throw new PlanciaError("auth/forbidden", "Only administrators manage people");
  }
}
