import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Api, createApi } from "../../gateway/api/api.ts";
import type { SignedIn } from "../../gateway/api/wire/auth.ts";
import type { BookingView } from "../../gateway/api/wire/booking.ts";
import type { Problem } from "../../gateway/api/wire/scalars.ts";
import type { Role } from "../../gateway/core/access/policy.ts";
import type { Clock } from "../../gateway/core/clock.ts";
import type { HistoryStore } from "../../gateway/core/history-port.ts";
import { silentLog } from "../../gateway/core/log.ts";
import { BatchBuilder } from "../../gateway/core/sample.ts";
import { Status } from "../../gateway/core/status.ts";
import type { Value } from "../../gateway/core/value.ts";
import { ManualTime } from "../../gateway/kit/testing/manual-time.ts";
import { siteOfRights } from "../../gateway/services/access/rights-table.ts";
import { AuditDesk } from "../../gateway/services/audit.ts";
import { BookingDesk } from "../../gateway/services/bookings.ts";
import type { Desk } from "../../gateway/services/control/desk.ts";
import { Image } from "../../gateway/services/image.ts";
import { KnownCallers } from "../../gateway/services/known-callers.ts";
import { newUser } from "../../gateway/services/new-user.ts";
import { peopleDesks } from "../../gateway/services/people-desks.ts";
import { startRecorder } from "../../gateway/services/recorder.ts";
import type { ScreenLockDesk } from "../../gateway/services/screen-lock.ts";
import { plainCeremonies } from "../../gateway/services/testing/ceremonies.ts";
import {
  countedSecrets,
  plainPasswords as passwords,
  steppedCodes,
  textTokens,
  threeTries,
  turnedSeals,
} from "../../gateway/services/testing/people-bench.ts";
import { createHistoryStore } from "../../gateway/stores/history/history-store.ts";
import { type RecordsBench, recordsBench } from "../../gateway/stores/records/testing/bench.ts";
import { LiveView } from "../rig/live-view.ts";
import { bookableMachines, useCasesOver } from "./booking-services.ts";

export const password = "kettle-moon-harvest-32";
const secrets = { ...countedSecrets, stopTokenOf: (signInId: string) => `stop-${signInId}` };
/** Tokens outlive every test: what ends here is a slot, never a token. */
const tokenLifeS = 6 * 3600;

export interface Reply<Body = unknown> {
  readonly status: number;
  readonly text: string;
  readonly body: Body & Partial<Problem>;
}

/** `version` goes as If-Match. */
export interface Question {
  readonly body?: object;
  readonly version?: number;
}

/**
 * A gateway without a process and without drivers: its services, its records, its history and its door
 * on a real port, on one clock that a test moves. What a machine says is set by `poll`.
 */
export class BookingGateway {
  readonly time: ManualTime;
  readonly clock: Clock;
  readonly plant = bookableMachines();
  readonly image: Image;
  readonly machine = new Map<string, Value>();
  readonly written: { readonly tag: string; readonly value: Value }[] = [];
  /** Writes wait for this, as behind a busy bus; a write that was taken back meanwhile is not sent. */
  busy: Promise<void> | undefined;
  readonly #folder = mkdtempSync(join(tmpdir(), "plancia-booking-"));
  readonly #tokens = new Map<string, SignedIn>();
  readonly #closing: (() => void | Promise<void>)[] = [];
  #wallOffsetMs = 0;
  records!: RecordsBench["records"];
  history!: HistoryStore;
  /** Locks nobody before it is started. */
  screens!: ScreenLockDesk;
  api!: Api;
  url = "";

  constructor(startMs: number) {
    const time = new ManualTime(startMs);
    this.time = time;
    this.clock = { wallMs: () => time.wallMs() + this.#wallOffsetMs, monotonicMs: () => time.monotonicMs() };
    this.image = new Image(this.plant.tags.length, this.clock, silentLog);
  }

  /** Everything open, and these people there, each with `password`. */
  async start(people: Readonly<Record<string, Role>>): Promise<this> {
    const { clock, time, plant } = this;
    const bench = await recordsBench();
    this.#closing.push(async () => bench[Symbol.asyncDispose]());
    this.records = bench.records;
    for (const [name, role] of Object.entries(people)) await this.#addPerson(name, role);
    const audit = new AuditDesk({ store: this.records.audit, clock, timers: time, log: silentLog });
    const { people: store, access } = this.records;
    const { security } = plant;
    const known = new KnownCallers({
      ...{ people: store, limits: security.signIn, clock, timers: time, log: silentLog },
      site: siteOfRights(plant),
    });
    await known.start();
    this.#closing.push(() => known.stop());
    const desks = peopleDesks({
      ...{
        people: store,
        access,
        factors: this.records.factors,
        passkeys: this.records.passkeys,
        known,
        passwords,
        secrets,
        audit,
        security,
        clock,
      },
      ...{ tokens: textTokens(clock, tokenLifeS), codes: steppedCodes, seals: turnedSeals, backOff: threeTries() },
      ...{ timers: time, log: silentLog, equipment: plant.equipment, ceremonies: plainCeremonies },
    });
    this.screens = desks.screens;
    await this.#startHistory();
    const useCases = useCasesOver({
      plant,
      image: this.image,
      history: this.history,
      records: this.records,
      audit,
      known,
      field: this.#field(),
      clock,
      timers: time,
      ...desks,
      bookings: new BookingDesk({
        plant,
        store: this.records.bookings,
        people: store,
        mayEnter: (user) => known.mayEnter(user),
        audit,
        clock,
        gate: desks.gate,
        onChanged: () => void known.refresh(),
      }),
    });
    const limits = { requestsPerMinute: 1_000_000, stopsPerMinute: 1_000_000 };
    this.api = await createApi({ useCases, log: silentLog, clock, timers: time, limits });
    this.#closing.push(() => this.api.close());
    this.url = (await this.api.listen("127.0.0.1", 0)).address;
    return this;
  }

  async close(): Promise<void> {
    for (const close of this.#closing.reverse()) await close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get nowMs(): number {
    return this.clock.wallMs();
  }

  /** Lets time go by in turns shorter than any timer that guards rights. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 250) {
      await this.time.advance(Math.min(250, left));
      // Calls of the records are answered in their order: what a timer asked for is answered with this.
      await this.records.people.revision();
    }
    await this.time.advance(0);
  }

  passUntil(wallMs: number): Promise<void> {
    return this.pass(wallMs - this.nowMs);
  }

  /** The wall clock is set; time itself goes on as before. */
  jumpWall(ms: number): void {
    this.#wallOffsetMs += ms;
    // A token from the future is none: whoever asks signs in again.
    this.#tokens.clear();
  }

  /** What the machines say now, for the image and for the history. */
  poll(values: Readonly<Record<string, Value>>): void {
    for (const [tag, value] of Object.entries(values)) this.machine.set(tag, value);
    const batch = new BatchBuilder();
    for (const { handle, name } of this.plant.tags) {
      this.image.confirm(handle);
      batch.push(handle, this.machine.get(name) ?? null, Status.Good, this.nowMs);
    }
    this.image.apply(batch.build(this.nowMs));
  }

  /** One request as somebody; with the stop token where `as` ends in ` (stop)`. */
  async ask<Body = unknown>(as: string, route: string, question: Question = {}): Promise<Reply<Body>> {
    const [method = "GET", path = ""] = route.split(" ");
    const { body, version } = question;
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${await this.#tokenOf(as)}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(version === undefined ? {} : { "if-match": `"${version}"` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(10_000),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get("content-type") ?? "");
    return { status: response.status, text, body: isJson ? JSON.parse(text) : {} };
  }

  /** A booking as the supervisor makes it, through the API. @throws Error when it is refused. */
  async book(guest: string, equipment: string, startMs: number, endMs: number): Promise<BookingView> {
    const times = { start: new Date(startMs).toISOString(), end: new Date(endMs).toISOString() };
    const body = { equipment, userId: `u-${guest}`, ...times };
    const answer = await this.ask<BookingView>("supervisor", "POST /api/v1/bookings", { body });
    if (answer.status !== 201) throw new Error(answer.text);
    return answer.body;
  }

  /** Whoever's sign-in ended comes in again. */
  signInAgain(name: string): void {
    this.#tokens.delete(name);
  }

  async ticket(): Promise<string> {
    return (await this.ask<{ ticket: string }>("supervisor", "GET /api/v1/ticket")).body.ticket;
  }

  async watch(name: string, tags: readonly string[] = ["*"]): Promise<LiveView> {
    const view = await LiveView.open(this.url, await this.#tokenOf(name), tags);
    this.#closing.push(() => view.close());
    return view;
  }

  async #tokenOf(as: string): Promise<string> {
    const name = as.replace(" (stop)", "");
    const signedIn = this.#tokens.get(name) ?? (await this.#signIn(name));
    return name === as ? signedIn.accessToken : signedIn.stopToken;
  }

  async #signIn(username: string): Promise<SignedIn> {
    const response = await fetch(`${this.url}/api/v1/auth/login`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ username, password }),
    });
    if (response.status !== 200) throw new Error(`sign-in of ${username}: ${await response.text()}`);
    const signedIn = (await response.json()) as SignedIn;
    this.#tokens.set(username, signedIn);
    return signedIn;
  }

  async #addPerson(name: string, role: Role): Promise<void> {
    const equipment = role === "guest" ? [] : ["*"];
    const user = newUser({ id: `u-${name}`, name, role, equipment, language: "en", createdAt: this.nowMs });
    await this.records.people.addUser({ ...user, passwordHash: await passwords.hash(password) });
  }

  async #startHistory(): Promise<void> {
    const { clock, time, plant } = this;
    const { commitMs, queueSamples } = plant.historian;
    this.history = createHistoryStore({
      folder: this.#folder,
      commitMs,
      queueSamples,
      log: silentLog,
      clock,
      timers: time,
    });
    this.#closing.push(() => this.history.close());
    this.#closing.push(await startRecorder(plant, this.image, this.history, silentLog, { clock, timers: time }));
  }

  #field(): Desk["field"] {
    return {
      readNow: async (tags) =>
        tags.map(({ name }) => ({
          value: this.machine.get(name) ?? null,
          status: Status.Good,
          sourceTime: this.nowMs,
          serverTime: this.nowMs,
        })),
      write: async (tag, value, lane, _notAfterMs, withdrawn) => {
        if (lane === "normal") await this.busy;
        if (withdrawn?.aborted) return { outcome: "not-sent", reason: "withdrawn", detail: "taken back" };
        this.written.push({ tag: tag.name, value });
        this.poll({
          [tag.name]: value,
          ...(/stop_request|halt/.test(tag.id) ? { [`${tag.equipment}/running`]: false } : {}),
        });
        return { outcome: "written", sentAtMs: this.time.monotonicMs() };
      },
      call: async () => ({ outcome: "not-sent", reason: "not-supported", detail: "no methods" }),
    };
  }
}

/** Everything that the gateway sent before this moment has arrived; asks for nothing, so that no right is looked at. */
export async function drained(view: LiveView): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    view.socket.once("pong", () => resolve());
    view.socket.once("close", () => reject(new Error("the socket closed")));
    view.socket.ping();
  });
}
