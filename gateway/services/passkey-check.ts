import { countRises, mostPasskeys, type PasskeyPlace, passkeyQuestionHoldsMs } from "../core/access/passkey-site.ts";
import type { Clock } from "../core/clock.ts";
import { PlanciaError } from "../core/errors.ts";
import type {
  PasskeyAnswer,
  PasskeyCeremonies,
  PasskeyOptions,
  PasskeySite,
  PasskeyStore,
} from "../core/passkey-port.ts";
import type { UserRecord } from "../core/records-port.ts";
import { RecentTable } from "../kit/recent-table.ts";
import type { SignInAlarmDesk } from "./sign-in-alarms.ts";

const mostQuestions = 10_000;

export interface PasskeyCheckSettings {
  readonly place: PasskeyPlace;
  readonly passkeys: PasskeyStore;
  readonly ceremonies: PasskeyCeremonies;
  readonly alarms: Pick<SignInAlarmDesk, "raise">;
  readonly clock: Clock;
}

/** An answer of an authenticator, and which question it answers: of this purpose, for this sign-in. */
export interface ShownPasskey {
  readonly passkey: PasskeyAnswer;
  readonly question: string;
}

/** What was asked of authenticators lately, each question for one use, one sign-in, once, two minutes. */
export class PasskeyCheck {
  readonly #with: PasskeyCheckSettings;
  /** Of each purpose and sign-in the newest: in memory alone. */
  readonly #challenges = new RecentTable<string>(mostQuestions, passkeyQuestionHoldsMs);

  constructor(settings: PasskeyCheckSettings) {
    this.#with = settings;
  }

  get place(): PasskeyPlace {
    return this.#with.place;
  }

  /** @throws PlanciaError auth/passkeys-unavailable where none can be used at this gateway's address. */
  site(): PasskeySite {
    const { place } = this.#with;
    if (!place.ok) throw new PlanciaError("auth/passkeys-unavailable", place.why);
    return place.site;
  }

  /** @throws PlanciaError request/not-found where this person has none, auth/passkeys-unavailable. */
  async ask(user: UserRecord, question: string): Promise<PasskeyOptions> {
    const site = this.site();
    const have = await this.#with.passkeys.list(user.id);
    if (have.length === 0) throw new PlanciaError("request/not-found", "There is no passkey yet");
    return this.#asked(question, await this.#with.ceremonies.request(site, have));
  }

  /** For a new one. @throws PlanciaError request/conflict where there are too many, auth/passkeys-unavailable. */
  async askNew(user: UserRecord, question: string): Promise<PasskeyOptions> {
    const site = this.site();
    const have = await this.#with.passkeys.list(user.id);
    if (have.length >= mostPasskeys)
      throw new PlanciaError("request/conflict", `There are ${mostPasskeys} passkeys already; remove one first`);
    return this.#asked(question, await this.#with.ceremonies.creation(site, user, have));
  }

  /** undefined: it does not hold, or was not asked for here, too long ago, or answered already. */
  async created(answer: PasskeyAnswer, question: string) {
    const site = this.site();
    const challenge = this.#take(question);
    return challenge === undefined ? undefined : this.#with.ceremonies.created(site, challenge, answer);
  }

  /** Whether one of this person's own passkeys answers this question, with its count going on. */
  async prove(user: UserRecord, { passkey: answer, question }: ShownPasskey, address: string): Promise<boolean> {
    const { passkeys, ceremonies, clock } = this.#with;
    const site = this.site();
    const challenge = this.#take(question);
    if (challenge === undefined) return false;
    const passkey = (await passkeys.list(user.id)).find(({ id }) => id === answer.id);
    if (passkey === undefined) return false;
    const counter = await ceremonies.shown(site, challenge, passkey, answer);
    if (counter === undefined) return false;
    const now = clock.wallMs();
    if (countRises(passkey.counter, counter) && (await passkeys.use(passkey.id, counter, now))) return true;
    const detail = { passkey: passkey.name, seen: passkey.counter, counter };
    this.#with.alarms.raise("passkey-copied", user, address, detail);
    return false;
  }

  #asked(question: string, options: PasskeyOptions): PasskeyOptions {
    this.#challenges.set(question, options.challenge, this.#with.clock.monotonicMs());
    return options;
  }

  /** Taken before it is looked at: a wrong answer uses it up too. */
  #take(question: string): string | undefined {
    const challenge = this.#challenges.get(question, this.#with.clock.monotonicMs());
    this.#challenges.delete(question);
    return challenge;
  }
}
