import type { AccessTokens, LoginBackOff, Passwords, Secrets } from "../core/access/credentials-port.ts";
import type { Caller } from "../core/access/policy.ts";
import type { Clock } from "../core/clock.ts";
import { PlanciaError } from "../core/errors.ts";
import type { PasskeyOptions } from "../core/passkey-port.ts";
import type { SignInLimits } from "../core/plant.ts";
import type { PeopleStore, SignInRecord, UserRecord } from "../core/records-port.ts";
import { type AuditDesk, auditEntry } from "./audit.ts";
import { type FactorCheck, type Proof, type Shown, slowDown } from "./factor-check.ts";
import type { Known, KnownCallers } from "./known-callers.ts";
import type { LinkTries } from "./link-tries.ts";
import { newUser } from "./new-user.ts";
import { house } from "./organisations/belonging.ts";
import type { PasskeyCheck } from "./passkey-check.ts";
import type { SignInAlarmDesk } from "./sign-in-alarms.ts";
import { firstLinkHoldsMs, previousCookieHoldsMs, signInEndsAt } from "./sign-in-limits.ts";
import type { Login, Origin, SignInAnswer, SignIns } from "./use-cases.ts";
import { seenFrom, signInAgain, WhoAsks } from "./who-asks.ts";

/** A second factor that came with the sign-in, and whether it was shown just now. */
export interface ShownFactor {
  readonly by: Proof | "provider";
  readonly fresh: boolean;
}

/** The provider somebody came by, and their session there. */
export interface Through {
  readonly provider: string;
  readonly session: string | undefined;
}

export interface SignInSettings {
  readonly people: PeopleStore;
  readonly known: KnownCallers;
  readonly passwords: Passwords;
  readonly tokens: AccessTokens;
  readonly secrets: Secrets;
  readonly backOff: LoginBackOff;
  readonly factor: FactorCheck;
  readonly questions: PasskeyCheck;
  readonly limits: SignInLimits;
  readonly alarms: Pick<SignInAlarmDesk, "raise">;
  readonly links: LinkTries;
  readonly audit: Pick<AuditDesk, "note">;
  /** By which sign-ins end. */
  readonly clock: Clock;
  /** Of what is shown and recorded; the same where it is not given. */
  readonly dates?: Clock;
}

/** Signing in and out, renewing, and knowing who asks. */
export class SignInDesk implements SignIns {
  readonly #with: SignInSettings;
  readonly #whoAsks: WhoAsks;

  constructor(settings: SignInSettings) {
    this.#with = settings;
    this.#whoAsks = new WhoAsks(settings);
  }

  async signIn(login: Login, origin: Origin): Promise<SignInAnswer> {
    const { backOff, people, passwords } = this.#with;
    const { user, outdated } = await this.#byPassword(login, origin);
    const shown = login.passkey ? { passkey: login.passkey, question: questionOf(user, origin) } : login.otp;
    const proof = user.factorSince === undefined ? undefined : await this.#secondFactor(user, shown, origin);
    backOff.succeeded(login.username, origin.address);
    if (outdated) await people.updateUser(user.id, { passwordHash: await passwords.hash(login.password) });
    return this.begin(user, origin, proof && { by: proof, fresh: true });
  }

  async askPasskey(login: { username: string; password: string }, origin: Origin): Promise<PasskeyOptions> {
    const { user } = await this.#byPassword(login, origin);
    this.#with.backOff.takeBack(user.name, origin.address);
    return this.#with.questions.ask(user, questionOf(user, origin));
  }

  /** @throws PlanciaError auth/failed, auth/slow-down. */
  async #byPassword(login: { username: string; password: string }, origin: Origin) {
    const { backOff, known, people, passwords } = this.#with;
    const waitS = backOff.attempt(login.username, origin.address);
    if (waitS !== undefined) throw slowDown(waitS);
    const user = await people.findUserByName(login.username);
    const check = await passwords.verify(login.password, user?.passwordHash);
    if (user === undefined || !check.ok || !known.mayEnter(user)) {
      this.#noteFailure(login.username, user, origin);
      throw new PlanciaError("auth/failed", "The user name or the password is wrong");
    }
    return { user, outdated: check.outdated };
  }

  /**
   * Only after the right password. Asked for: that try is taken back, and no other, so that it clears
   * the way for no further guesses.
   */
  async #secondFactor(user: UserRecord, shown: Shown | undefined, origin: Origin): Promise<Proof> {
    const { backOff, factor } = this.#with;
    if (shown === undefined || shown === "") {
      backOff.takeBack(user.name, origin.address);
      this.#note("sign-in", "sign-in.code-asked", user.name, origin);
      throw new PlanciaError("auth/otp-required", "Give the code of your second factor");
    }
    const proof = await factor.prove(user, shown, origin.address);
    if (proof !== undefined) return proof;
    this.#note("sign-in", "sign-in.failed", user.name, origin, {
      why: typeof shown === "string" ? "wrong code" : "wrong passkey",
    });
    throw new PlanciaError("auth/otp-required", "The code is not right, or was used already");
  }

  async firstAdministrator(
    input: { secret: string; username: string; password: string; language: "it" | "en" },
    origin: Origin,
  ): Promise<SignInAnswer> {
    const { people, secrets, passwords, clock } = this.#with;
    const linkHash = secrets.hash(input.secret);
    await this.#with.links.counted(origin, async () => {
      const valid = await people.hasFirstLink(linkHash, clock.wallMs());
      if (!valid || (await hasAdministrator(people))) throw linkUsed();
    });
    const profile = {
      name: input.username,
      role: "administrator",
      equipment: ["*"],
      organisation: house,
      language: input.language,
    } as const;
    const user = newUser({ ...profile, id: secrets.id(), createdAt: clock.wallMs() });
    passwords.checkQuality(input.password, user.name);
    if (await people.findUserByName(user.name)) throw new PlanciaError("user/exists", "The name is taken");
    const passwordHash = await passwords.hash(input.password);
    if (!(await people.takeFirstLink(linkHash, clock.wallMs()))) throw linkUsed();
    const administrator = { ...user, passwordHash };
    await people.addUser(administrator);
    this.#note("administration", "people.first-administrator", user.name, origin, { userId: user.id });
    await this.#with.known.reload();
    return this.begin(administrator, origin);
  }

  async firstRun(): Promise<boolean> {
    return !this.#with.known.hasAdministrator();
  }

  async createFirstLink(): Promise<string> {
    const { people, secrets, clock } = this.#with;
    if (await hasAdministrator(people)) throw new PlanciaError("request/conflict", "There is an administrator already");
    const secret = secrets.random();
    await people.putFirstLink(secrets.hash(secret), clock.wallMs() + firstLinkHoldsMs);
    return secret;
  }

  async refresh(cookie: string, origin: Origin): Promise<SignInAnswer> {
    const { known, people, secrets, clock } = this.#with;
    const hash = secrets.hash(cookie);
    const signIn = await people.findSignInBySecret(hash, clock.wallMs());
    if (signIn === undefined) {
      await this.#endIfReused(cookie, origin);
      throw signInAgain();
    }
    const user = await people.findUser(signIn.userId);
    if (user === undefined || !known.mayEnter(user) || clock.wallMs() >= signInEndsAt(signIn, this.#with.limits)) {
      await this.#end(signIn.id);
      throw signInAgain();
    }
    return this.#renewCookie(signIn, user, { cookie, hash }, origin);
  }

  async signOut(caller: Caller): Promise<void> {
    await this.#end(caller.signInId);
    this.#note("sign-in", "sign-in.ended", caller.name, caller);
  }

  authenticate(accessToken: string, origin: Origin) {
    return this.#whoAsks.authenticate(accessToken, origin);
  }

  authenticateForStop(token: string, origin: Origin) {
    return this.#whoAsks.authenticateForStop(token, origin);
  }

  async renew(caller: Caller): Promise<Caller | undefined> {
    return this.#whoAsks.renew(caller);
  }

  onChange(listener: () => void): () => void {
    return this.#with.known.onChange(listener);
  }

  /** Opens a sign-in for somebody who has shown who they are, here or at a provider. */
  async begin(user: UserRecord, origin: Origin, proof?: ShownFactor, through?: Through): Promise<SignInAnswer> {
    const { secrets, clock, people, known, limits } = this.#with;
    const { cookie, signInId } = secrets.newCookie();
    const now = clock.wallMs();
    const signIn: SignInRecord = {
      id: signInId,
      userId: user.id,
      secretHash: secrets.hash(cookie),
      previousHash: undefined,
      previousUntil: undefined,
      stopHash: secrets.hash(secrets.stopTokenOf(signInId)),
      createdAt: now,
      lastSeenAt: now,
      expiresAt: now + limits.longestMs,
      secondFactor: proof !== undefined,
      activeAt: now,
      lockedAt: undefined,
      address: origin.address,
      userAgent: origin.userAgent.slice(0, 200),
      ...(through === undefined ? {} : { provider: through.provider, providerSession: through.session }),
    };
    const ended = await people.addSignIn(signIn, limits.most);
    for (const id of ended) {
      known.drop(id);
      this.#note("sign-in", "sign-in.ended", user.name, origin, { why: "too many at the same time" });
    }
    const provider = through === undefined ? {} : { provider: through.provider };
    const detail = { userAgent: signIn.userAgent, secondFactor: proof?.by ?? "none", ...provider };
    this.#note("sign-in", "sign-in.ok", user.name, origin, detail);
    known.put(signIn, user);
    if (proof?.fresh) known.mark(signInId, "fresh", {});
    else if (ended.length > 0) known.tell();
    return this.#answer(signIn, user, cookie, origin);
  }

  /**
   * At most one turn of the cookie in the time that the previous one holds, and the next cookie
   * follows from this one: whichever of several tabs asks first, all get the same, and an answer lost
   * on the way can be asked for again.
   */
  async #renewCookie(signIn: SignInRecord, user: UserRecord, shown: { cookie: string; hash: string }, origin: Origin) {
    const { secrets, people, clock } = this.#with;
    const now = clock.wallMs();
    const isCurrent = signIn.secretHash === shown.hash;
    const holdsMs = (signIn.previousUntil ?? now) - now;
    const turnedLately = holdsMs > 0 && holdsMs <= previousCookieHoldsMs;
    const cookie = isCurrent && turnedLately ? shown.cookie : secrets.nextCookie(shown.cookie);
    const turn =
      isCurrent && !turnedLately ? { previousHash: shown.hash, previousUntil: now + previousCookieHoldsMs } : {};
    const change = { ...turn, secretHash: secrets.hash(cookie), lastSeenAt: now };
    await people.updateSignIn(signIn.id, change);
    // It may have ended meanwhile (signed out in another tab, disabled): read last, so that it is not taken in again.
    const [still, today] = await Promise.all([people.findSignIn(signIn.id), people.findUser(user.id)]);
    if (still === undefined || today === undefined || today.disabled) throw signInAgain();
    return this.#answer(still, today, cookie, origin);
  }

  async #answer(signIn: SignInRecord, user: UserRecord, cookie: string, origin: Origin) {
    const { known, tokens, secrets } = this.#with;
    const now: Known | undefined = known.put(signIn, user);
    if (now === undefined) throw signInAgain();
    const accessToken = await tokens.issue(user.id, signIn.id);
    const stopToken = secrets.stopTokenOf(signIn.id);
    return { caller: seenFrom(now.caller, origin), user, cookie, accessToken, expiresInS: tokens.lifetimeS, stopToken };
  }

  /** A cookie of this family, but neither the present nor the one before: somebody else may have it. */
  async #endIfReused(cookie: string, origin: Origin): Promise<void> {
    const id = this.#with.secrets.signInIdOf(cookie);
    const signIn = id === undefined ? undefined : await this.#with.people.findSignIn(id);
    if (signIn === undefined) return;
    await this.#end(signIn.id);
    const user = await this.#with.people.findUser(signIn.userId);
    if (user === undefined) return;
    this.#with.alarms.raise("cookie-reused", user, origin.address, { signInFrom: signIn.address });
  }

  async #end(signInId: string): Promise<void> {
    await this.#with.people.endSignIn(signInId);
    this.#with.known.drop(signInId);
    this.#with.known.tell();
  }

  #noteFailure(typed: string, user: UserRecord | undefined, origin: Origin): void {
    const suspended = user !== undefined && !user.disabled && !this.#with.known.mayEnter(user);
    const may = user?.disabled ? "disabled user" : suspended ? "suspended organisation" : "wrong password";
    const why = user === undefined ? "unknown user" : may;
    this.#note("sign-in", "sign-in.failed", [...typed].slice(0, 100).join(""), origin, { why });
  }

  #note(
    group: "sign-in" | "administration",
    action: string,
    who: string,
    from: { readonly address: string },
    detail = {},
  ): void {
    const at = (this.#with.dates ?? this.#with.clock).wallMs();
    const result = action === "sign-in.failed" ? "refused" : "done";
    this.#with.audit.note(auditEntry({ at, class: group, action, who, address: from.address, result, detail }));
  }
}

/** There is no sign-in yet: the question belongs to who has shown the password, from there. */
function questionOf({ id }: UserRecord, { address }: Origin): string {
  return `sign-in of ${id} from ${address}`;
}

async function hasAdministrator(people: PeopleStore): Promise<boolean> {
  return (await people.listUsers()).some((user) => user.role === "administrator" && !user.disabled);
}

function linkUsed(): PlanciaError {
  return new PlanciaError("auth/link-used", "The link is used up or too old; restart the gateway for a new one");
}
