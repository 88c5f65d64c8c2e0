import type { Clock, Timers } from "../../core/clock.ts";
import type { Withdrawn } from "../../core/driver-port.ts";
import { RoundTrips } from "../../kit/round-trips.ts";
import { busyException, isUnitUnreachable } from "../../protocols/modbus/exceptions.ts";
import type { Answer, Request } from "../../protocols/modbus/pdu.ts";
import { type Session, type SessionEvent, TcpSession } from "../../protocols/modbus/session.ts";
import { type Lane, Lanes } from "./lanes.ts";
import { LateGuard } from "./late-guard.ts";
import { MuteWatch } from "./mute-watch.ts";
import type { Overtaking } from "./overtaking.ts";

/** Where the bytes go. `isFree` is false while bytes handed over before have not left the process. */
export interface Wire {
  isFree(): boolean;
  write(bytes: Uint8Array): void;
  /** Throws away what has come and was not handed over yet. */
  discard?(): void;
}

export interface Job {
  readonly device: string;
  readonly unitId: number;
  readonly lane: Lane;
  readonly timeoutMs: number;
  readonly request: Request;
  /** Monotonic ms; later than this it does not leave. */
  readonly notAfterMs: number;
  /** Aborted before its turn comes: it does not leave. What is in flight is not touched. */
  readonly withdrawn?: Withdrawn | undefined;
  /** It was not answered lately: nobody waits for it longer than for a place. */
  readonly doubtful?: boolean | undefined;
  /** On a serial line: it leaves only while nobody else needs the line, and waits at most so long for that, ms. */
  readonly spareMs?: number | undefined;
  /** On a serial line: how long after its time-out an answer may still come, ms; the time-out where not given. */
  readonly lateMs?: number | undefined;
}

/**
 * `answer`: what the unit said. `silent`: no answer in time, with what came in its stead. `lost`: the connection went; without
 * `sentAtMs` no byte had left. `expired`, `withdrawn`, `full`, `postponed`, `cancelled`: no byte left, or nobody waits.
 */
export type JobEnd =
  | { readonly kind: "answer"; readonly answer: Answer; readonly sentAtMs: number }
  | { readonly kind: "silent"; readonly sentAtMs: number; readonly instead?: string | undefined }
  | { readonly kind: "lost"; readonly sentAtMs: number | undefined; readonly why: string }
  | { readonly kind: "expired" | "withdrawn" | "full" | "postponed" | "cancelled" };

interface Waiting extends Job {
  settle(end: JobEnd): void;
}

interface Sent {
  readonly job: Waiting;
  readonly sentAtMs: number;
  cancelTimer: () => void;
  /** Sent while another was overdue. */
  readonly overtook: boolean;
  overdue: boolean;
  /** An answer that counts unless more follows it. */
  heard?: Answer;
}

/** What a line without transaction ids needs, that answers are not taken for those to other requests. */
export interface SerialCare {
  readonly newSession: () => Session;
  /** Silence between two frames, ms. */
  readonly gapMs: number;
  /** After a time-out or an unreadable answer the line must be silent for so long, ms. */
  readonly drainMs: number;
  /** When somebody who answers is to be asked next, monotonic ms. */
  readonly quietUntilMs: () => number;
  /** Where a new connection forgets what is under way: asks for one, by `attach`; nothing leaves before. */
  readonly renew?: (() => void) | undefined;
}

export interface BusSettings {
  readonly clock: Clock;
  readonly timers: Timers;
  /** Left out on Modbus TCP. */
  readonly serial?: SerialCare | undefined;
  /** Left out where each request waits for the answer before it. */
  readonly overtaking?: Overtaking | undefined;
  /** Requests in flight over all devices. With `overtaking` one that is overdue does not count. */
  readonly depth: number;
  readonly depthOf: (device: string) => number;
  /** Rest of the line after an answer of this device. */
  readonly pauseOf: (device: string) => number;
  /** The stream cannot be trusted any more, or the peer is mute: the connection must go. */
  onBroken(why: string): void;
}

/** A serial line that does not fall silent for so long while somebody waits cannot be used. */
const longestNoiseMs = 3_000;

/** One connection's queue: who may send next, what is in flight, and whose answer came. Never throws. */
export class Bus {
  readonly #settings: BusSettings;
  readonly #late: LateGuard;
  #session: Session;
  readonly #lanes = new Lanes<Waiting>();
  readonly #sent = new Map<number, Sent>();
  readonly #roundTrips = new RoundTrips();
  #wire: Wire | undefined;
  #ended: string | undefined;
  #restUntilMs = Number.NEGATIVE_INFINITY;
  #cancelRest: (() => void) | undefined;
  #noiseSinceMs: number | undefined;
  readonly #mute = new MuteWatch();
  /** The transaction that others may overtake. */
  #aside: number | undefined;
  #counts = { requests: 0, failures: 0, bytesIn: 0, bytesOut: 0, strays: 0, malformed: 0, timeouts: 0, overtaken: 0 };

  constructor(settings: BusSettings) {
    this.#settings = settings;
    this.#late = new LateGuard(settings.timers);
    this.#session = settings.serial?.newSession() ?? new TcpSession();
  }

  get counts() {
    return { ...this.#counts, waiting: this.#lanes.waiting, refused: this.#lanes.refused };
  }

  get roundTripMs() {
    return this.#roundTrips.summary();
  }

  /** The first connection, or the one that `renew` asked for. */
  attach(wire: Wire): void {
    this.#wire = wire;
    const { serial, clock } = this.#settings;
    if (serial) {
      this.#session = serial.newSession();
      this.#restUntilMs = Math.max(this.#restUntilMs, clock.monotonicMs() + serial.drainMs);
    }
    this.pump();
  }

  /** @param signal gives up waiting; a request in flight keeps its place until its answer or time-out. */
  submit(job: Job, signal?: AbortSignal): Promise<JobEnd> {
    return new Promise((resolve) => {
      if (this.#ended !== undefined) return resolve({ kind: "lost", sentAtMs: undefined, why: this.#ended });
      const cancel = () => {
        this.#lanes.remove(waiting);
        waiting.settle({ kind: "cancelled" });
      };
      let cancelTimer = () => {};
      const waiting: Waiting = {
        ...job,
        settle(end) {
          cancelTimer();
          signal?.removeEventListener("abort", cancel);
          resolve(end);
        },
      };
      if (signal?.aborted) return resolve({ kind: "cancelled" });
      if (!this.#lanes.push(waiting)) return resolve({ kind: "full" });
      if (job.spareMs !== undefined) {
        cancelTimer = this.#settings.timers.after(job.spareMs, () => {
          if (this.#lanes.remove(waiting)) waiting.settle({ kind: "postponed" });
        });
      }
      signal?.addEventListener("abort", cancel, { once: true });
      this.pump();
    });
  }

  /** Sends what may go now; called again whenever a place or the wire becomes free. */
  pump(): void {
    while (this.#ended === undefined && this.#hasPlace() && this.#wire?.isFree()) {
      if (this.#lanes.waiting === 0 || this.#isResting()) return;
      const job = this.#lanes.take((each) => this.#mayLeave(each));
      if (!job) return;
      // DESIGN 11: the last look at its age, with nothing between this line and the socket.
      if (job.withdrawn?.aborted) job.settle({ kind: "withdrawn" });
      else if (this.#settings.clock.monotonicMs() > job.notAfterMs) job.settle({ kind: "expired" });
      else if (job.withdrawn) this.#sendIfStillNext(job);
      else this.#send(job, this.#wire);
    }
  }

  /** Looking at what was taken back may have let a stop out before it (`WriteRequest.withdrawn`). */
  #sendIfStillNext(job: Waiting): void {
    const wire = this.#wire;
    if (this.#ended !== undefined) job.settle({ kind: "lost", sentAtMs: undefined, why: this.#ended });
    else if (wire?.isFree() && this.#hasPlace() && !this.#isResting() && this.#mayLeave(job)) this.#send(job, wire);
    else this.#lanes.putBack(job);
  }

  receive(chunk: Uint8Array): void {
    this.#counts.bytesIn += chunk.length;
    this.#mute.heard();
    for (const event of this.#session.receive(chunk)) this.#handle(event);
    this.pump();
  }

  /** The peer ended the connection; to be told before `end`. */
  peerLeft(): void {
    if ([...this.#sent.values()].some(({ overtook }) => overtook))
      this.#settings.overtaking?.failed(this.#settings.clock.monotonicMs());
  }

  /** Ends everything that waits or is in flight. */
  end(why: string): void {
    if (this.#ended !== undefined) return;
    this.#ended = why;
    this.#cancelRest?.();
    this.#late.end();
    for (const sent of this.#sent.values()) {
      sent.cancelTimer();
      this.#counts.failures++;
      sent.job.settle({ kind: "lost", sentAtMs: sent.sentAtMs, why });
    }
    this.#sent.clear();
    for (const job of this.#lanes.drain()) job.settle({ kind: "lost", sentAtMs: undefined, why });
  }

  #send(job: Waiting, wire: Wire): void {
    const { transaction, bytes } = this.#session.open(job.unitId, job.request);
    const sentAtMs = this.#settings.clock.monotonicMs();
    const overtook = this.#aside !== undefined;
    const cancelTimer = this.#settings.timers.after(job.timeoutMs, () => this.#timeOut(transaction));
    const sent: Sent = { job, sentAtMs, cancelTimer, overtook, overdue: false };
    this.#sent.set(transaction, sent);
    this.#watch(transaction, sent);
    this.#noiseSinceMs = undefined;
    this.#counts.requests++;
    this.#counts.bytesOut += bytes.length;
    wire.write(bytes);
  }

  /** Has others overtake it once its answer is overdue. Only reads: a write is left alone with its machine. */
  #watch(transaction: number, sent: Sent): void {
    const { overtaking, timers } = this.#settings;
    const { job } = sent;
    if (!overtaking || job.request.kind !== "read") return;
    if (job.doubtful) {
      this.#setAside(transaction, sent);
      return;
    }
    const patienceMs = overtaking.patienceMs(job.timeoutMs);
    if (patienceMs >= job.timeoutMs) return;
    const cancelTimeOut = sent.cancelTimer;
    const cancelWatch = timers.after(patienceMs, () => {
      this.#setAside(transaction, sent);
      this.pump();
    });
    sent.cancelTimer = () => {
      cancelTimeOut();
      cancelWatch();
    };
  }

  #setAside(transaction: number, sent: Sent): void {
    sent.overdue = true;
    this.#aside ??= transaction;
  }

  #handle(event: SessionEvent): void {
    switch (event.kind) {
      case "answer":
        this.#answered(event.transaction, event.answer);
        break;
      case "stray":
        this.#counts.strays++;
        this.#noise();
        break;
      case "garbled":
        this.#counts.malformed++;
        break;
      case "broken":
        this.#counts.malformed++;
        this.peerLeft();
        this.#settings.onBroken(event.why);
    }
  }

  #answered(transaction: number, answer: Answer): void {
    const sent = this.#sent.get(transaction);
    const { serial } = this.#settings;
    if (!sent || !serial || !this.#late.isOwed(sent.job.unitId)) {
      this.#settle(transaction, answer);
      return;
    }
    sent.cancelTimer();
    sent.heard = answer;
    sent.cancelTimer = this.#settings.timers.after(serial.drainMs, () => {
      this.#settle(transaction, answer);
      this.pump();
    });
  }

  #settle(transaction: number, answer: Answer): void {
    const sent = this.#finish(transaction);
    if (!sent) return;
    this.#late.settled(sent.job.unitId);
    this.#mute.answered(sent.job.device);
    this.#noteAnswer(sent, answer);
    if (answer.kind === "malformed") this.#counts.malformed++;
    if (answer.kind === "malformed" || answer.kind === "exception") this.#counts.failures++;
    if (answer.kind === "malformed") this.#drain();
    sent.job.settle({ kind: "answer", answer, sentAtMs: sent.sentAtMs });
  }

  #noteAnswer({ job, sentAtMs, overtook }: Sent, answer: Answer): void {
    const { clock, overtaking } = this.#settings;
    const now = clock.monotonicMs();
    this.#roundTrips.add(now - sentAtMs);
    if (answer.kind === "exception" && isUnitUnreachable(answer.code)) overtaking?.timedOut(job.device, false);
    else overtaking?.answered(job.device, now - sentAtMs, now);
    if (!overtook) return;
    this.#counts.overtaken++;
    if (answer.kind === "exception" && answer.code === busyException) overtaking?.failed(now);
    else if (this.#aside !== undefined) overtaking?.succeeded();
  }

  /** Bytes that are not the answer: the line is not silent, and an answer before them is doubtful. */
  #noise(): void {
    const { serial, clock } = this.#settings;
    if (!serial) return;
    for (const [transaction, { heard }] of this.#sent) {
      if (heard) this.#settle(transaction, { kind: "malformed", why: "two answers after a time-out" });
    }
    if (this.#sent.size > 0) return;
    const now = clock.monotonicMs();
    this.#restUntilMs = Math.max(this.#restUntilMs, now + serial.drainMs);
    this.#noiseSinceMs ??= now;
    if (now - this.#noiseSinceMs > longestNoiseMs && this.#lanes.waiting > 0)
      this.#settings.onBroken("the line does not fall silent");
  }

  #timeOut(transaction: number): void {
    const sent = this.#finish(transaction);
    if (!sent) return;
    this.#counts.timeouts++;
    this.#counts.failures++;
    this.#mute.timedOut(sent.job.device, sent.sentAtMs);
    this.#settings.overtaking?.timedOut(sent.job.device, sent.overtook);
    const event = this.#session.abandon(transaction);
    const instead = event?.kind === "garbled" ? event.why : undefined;
    if (this.#settings.serial) {
      this.#late.timedOut(sent.job, () => this.pump());
      this.#drain();
    }
    sent.job.settle({ kind: "silent", sentAtMs: sent.sentAtMs, ...(instead === undefined ? {} : { instead }) });
    if (event) this.#handle(event);
    else this.#giveUpWhenMute();
    this.pump();
  }

  /** A pulled cable keeps TCP silent for minutes; a new connection finds the device as soon as it is back. */
  #giveUpWhenMute(): void {
    const { clock, depth, onBroken } = this.#settings;
    const why = this.#mute.verdict(clock.monotonicMs(), depth, this.#lanes.devices());
    if (why !== undefined) onBroken(why);
  }

  #drain(): void {
    const { serial, clock } = this.#settings;
    if (!serial) return;
    this.#restUntilMs = Math.max(this.#restUntilMs, clock.monotonicMs() + serial.drainMs);
    this.#wire?.discard?.();
    if (!serial.renew || !this.#wire) return;
    this.#wire = undefined;
    serial.renew();
  }

  #finish(transaction: number): Sent | undefined {
    const sent = this.#sent.get(transaction);
    sent?.cancelTimer();
    this.#sent.delete(transaction);
    if (this.#aside === transaction) this.#aside = [...this.#sent].find(([, { overdue }]) => overdue)?.[0];
    if (sent) {
      const { clock, pauseOf, serial } = this.#settings;
      this.#restUntilMs = clock.monotonicMs() + Math.max(pauseOf(sent.job.device), serial?.gapMs ?? 0);
    }
    return sent;
  }

  #isResting(): boolean {
    const restMs = this.#restUntilMs - this.#settings.clock.monotonicMs();
    if (!(restMs > 0)) return false;
    this.#cancelRest ??= this.#settings.timers.after(Math.ceil(restMs), () => {
      this.#cancelRest = undefined;
      this.pump();
    });
    return true;
  }

  #hasPlace(): boolean {
    const { depth } = this.#settings;
    return this.#sent.size < depth || (this.#sent.size === depth && this.#overtakable() !== undefined);
  }

  /** The request that others may overtake now. */
  #overtakable(): Sent | undefined {
    if (this.#aside === undefined) return undefined;
    const isAllowed = this.#settings.overtaking?.isAllowed(this.#settings.clock.monotonicMs());
    return isAllowed ? this.#sent.get(this.#aside) : undefined;
  }

  #mayLeave(job: Job): boolean {
    let inFlight = 0;
    for (const sent of this.#sent.values()) if (sent.job.device === job.device) inFlight++;
    if (inFlight >= this.#settings.depthOf(job.device) || !this.#late.mayLeave(job)) return false;
    if (job.spareMs !== undefined && !this.#isQuietFor(job)) return false;
    const overtaken = this.#overtakable();
    if (!overtaken) return true;
    // Two doubtful ones at once, and the others would wait for the second.
    return !job.doubtful && (this.#sent.size < this.#settings.depth || overtaken.job.unitId !== job.unitId);
  }

  /** Whether its time-out would be over before anybody else needs the line. */
  #isQuietFor(job: Job): boolean {
    const { serial, clock } = this.#settings;
    if (!serial) return true;
    if (this.#lanes.some((other) => other.spareMs === undefined)) return false;
    return serial.quietUntilMs() - clock.monotonicMs() >= job.timeoutMs + serial.drainMs;
  }
}
