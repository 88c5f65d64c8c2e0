import { allows, type Caller, type Role, type Slot } from "../../core/access/policy.ts";
import type { Clock } from "../../core/clock.ts";
import { PlanciaError } from "../../core/errors.ts";
import type { UserRecord } from "../../core/records-port.ts";
import type { Origin, People, PersonLink, SignInAnswer, SignIns } from "../../services/use-cases.ts";

const accessLifeMs = 600_000;

interface OpenSignIn {
  readonly id: string;
  readonly userId: string;
  cookie: string;
  readonly stopToken: string;
}

/** People and their sign-ins in memory: small, but every rule that the API leans on holds. */
export class MemoryPeople implements SignIns, People {
  readonly users = new Map<string, UserRecord>();
  readonly passwords = new Map<string, string>();
  readonly slots = new Map<string, readonly Slot[]>();
  /** Sign-ins whose screen is locked. */
  readonly locked = new Set<string>();
  /** The program of a token, where there are tokens. */
  program: (tokenId: string) => Caller | undefined = () => undefined;
  /** While true, rights cannot be read. */
  broken = false;
  readonly #clock: Clock;
  readonly #signIns = new Map<string, OpenSignIn>();
  readonly #access = new Map<string, { signInId: string; expiresAtMs: number }>();
  readonly #listeners = new Set<() => void>();
  #link: string | undefined;
  #counter = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async askPasskey(): Promise<never> {
    throw new PlanciaError("auth/passkeys-unavailable", "There is no host name");
  }

  /** A person with the password `secret of NAME`. */
  put(name: string, role: Role, equipment: readonly string[] = ["*"]): UserRecord {
    const user: UserRecord = {
      id: `u-${name}`,
      name,
      role,
      equipment,
      organisation: undefined,
      passwordHash: "never to be seen outside",
      language: "en",
      disabled: false,
      createdAt: this.#clock.wallMs(),
    };
    this.users.set(user.id, user);
    this.passwords.set(user.id, `secret of ${name}`);
    return user;
  }

  book(name: string, ...slots: Slot[]): void {
    this.slots.set(`u-${name}`, slots);
    this.changed();
  }

  /** Signs in without a request. */
  enter(name: string): Promise<SignInAnswer> {
    return this.signIn({ username: name, password: `secret of ${name}` }, { address: "127.0.0.1", userAgent: "" });
  }

  changed(): void {
    for (const listener of this.#listeners) listener();
  }

  /** The access token is over before its time. */
  expire(accessToken: string): void {
    this.#access.delete(accessToken);
  }

  async signIn(login: { username: string; password: string }, origin: Origin): Promise<SignInAnswer> {
    const user = [...this.users.values()].find((each) => each.name === login.username);
    if (!user || user.disabled || this.passwords.get(user.id) !== login.password) {
      throw new PlanciaError("auth/failed", "Name or password is wrong.");
    }
    const n = ++this.#counter;
    const signIn = { id: `s-${n}`, userId: user.id, cookie: `cookie-${n}`, stopToken: `stop-${n}` };
    this.#signIns.set(signIn.id, signIn);
    return this.#answer(signIn, origin);
  }

  async firstAdministrator(
    input: { secret: string; username: string; password: string; language: "it" | "en" },
    origin: Origin,
  ): Promise<SignInAnswer> {
    if (this.#link === undefined || input.secret !== this.#link) throw new PlanciaError("auth/link-used", "Used up.");
    if (input.password.length < 10) throw new PlanciaError("user/password-too-short", "At least 10 characters.");
    this.#link = undefined;
    const user = this.put(input.username, "administrator");
    this.passwords.set(user.id, input.password);
    return this.signIn(input, origin);
  }

  async firstRun(): Promise<boolean> {
    return ![...this.users.values()].some((user) => user.role === "administrator" && !user.disabled);
  }

  async createFirstLink(): Promise<string> {
    this.#link = `link-${++this.#counter}`;
    return this.#link;
  }

  async refresh(cookie: string, origin: Origin): Promise<SignInAnswer> {
    const signIn = [...this.#signIns.values()].find((each) => each.cookie === cookie);
    if (!signIn) throw new PlanciaError("auth/required", "There is no sign-in.");
    signIn.cookie = `cookie-${++this.#counter}`;
    return this.#answer(signIn, origin);
  }

  async signOut(caller: Caller): Promise<void> {
    this.#signIns.delete(caller.signInId);
    this.changed();
  }

  async authenticate(token: string, origin: Origin) {
    const access = this.#access.get(token);
    const signIn = access && this.#signIns.get(access.signInId);
    if (!access || !signIn || access.expiresAtMs <= this.#clock.wallMs()) throw this.#required();
    return { ...this.#who(signIn, origin, "full"), expiresAtMs: access.expiresAtMs };
  }

  async authenticateForStop(token: string, origin: Origin) {
    const signIn = [...this.#signIns.values()].find((each) => each.stopToken === token);
    return signIn ? this.#who(signIn, origin, "stop") : this.authenticate(token, origin);
  }

  async renew(caller: Caller): Promise<Caller | undefined> {
    if (this.broken) throw new PlanciaError("store/unavailable", "The store is down.");
    return this.today(caller);
  }

  /** The same person with today's rights, out of memory. */
  today(caller: Caller): Caller | undefined {
    if (caller.token) return this.program(caller.token.id);
    const signIn = this.#signIns.get(caller.signInId);
    const user = this.users.get(caller.userId);
    if (!signIn || !user || user.disabled) return undefined;
    return this.#who(signIn, { address: caller.address, userAgent: "" }, caller.scope).caller;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async list(caller: Caller): Promise<readonly UserRecord[]> {
    this.#mustManage(caller);
    return [...this.users.values()];
  }

  async add(caller: Caller, input: Parameters<People["add"]>[1]): Promise<UserRecord> {
    this.#mustManage(caller);
    if (this.users.has(`u-${input.name}`)) throw new PlanciaError("user/exists", "The name is taken.");
    const user = this.put(input.name, input.role, input.equipment);
    if (input.password !== undefined) this.passwords.set(user.id, input.password);
    return user;
  }

  async link(caller: Caller, id: string): Promise<PersonLink> {
    this.#mustManage(caller);
    const user = this.users.get(id);
    if (!user) throw new PlanciaError("request/not-found", "No such person.");
    return { user, secret: `link of ${id}`, until: 0 };
  }

  async change(caller: Caller, id: string, input: Parameters<People["change"]>[2]): Promise<UserRecord> {
    this.#mustManage(caller);
    const user = this.users.get(id);
    if (!user) throw new PlanciaError("request/not-found", "No such person.");
    const { role = user.role, equipment = user.equipment, disabled = user.disabled, language = user.language } = input;
    const after = { ...user, role, equipment, disabled, language };
    this.users.set(id, after);
    this.changed();
    return after;
  }

  #mustManage(caller: Caller): void {
    if (!allows(caller, "people:manage")) throw new PlanciaError("auth/forbidden", "Not in your role.");
  }

  #required(): PlanciaError {
    return new PlanciaError("auth/required", "The token is not valid.");
  }

  #answer(signIn: OpenSignIn, origin: Origin): SignInAnswer {
    const accessToken = `access-${++this.#counter}`;
    this.#access.set(accessToken, { signInId: signIn.id, expiresAtMs: this.#clock.wallMs() + accessLifeMs });
    return {
      ...this.#who(signIn, origin, "full"),
      cookie: signIn.cookie,
      accessToken,
      expiresInS: accessLifeMs / 1000,
      stopToken: signIn.stopToken,
    };
  }

  #who(signIn: OpenSignIn, origin: Origin, scope: Caller["scope"]): { caller: Caller; user: UserRecord } {
    const user = this.users.get(signIn.userId);
    if (!user || user.disabled) throw this.#required();
    const { id: userId, name, role, equipment, organisation, leads } = user;
    const slots = this.slots.get(userId) ?? [];
    const person = { userId, name, role, equipment, organisation, leads };
    const caller = { ...person, signInId: signIn.id, secondFactor: false, scope, slots };
    const locked = this.locked.has(signIn.id);
    return { caller: { ...caller, locked, address: origin.address }, user };
  }
}
