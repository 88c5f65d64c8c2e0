import { exceptionAnswer, execute, writeAnswer } from "./answer.ts";
import { exceptionCode, ModbusException } from "./exception.ts";
import { falsifyValues } from "./falsify.ts";
import type { FaultBoard, TakenFaults } from "./fault-board.ts";
import type { Frame } from "./frame.ts";
import { type Framing, framings } from "./framing.ts";
import { LateAnswers, type Schedule } from "./late-answers.ts";
import { decodeRequest } from "./request.ts";
import type { ModbusUnit } from "./unit.ts";
import { WriteLog, type WriteOutcome } from "./write-log.ts";

/** One client's connection, as far as answers go. */
export interface Connection {
  /** Sends bytes as they are; does nothing where the client has gone. */
  send(bytes: Buffer): void;
  /** Sends what is under way, then closes. */
  end(): void;
}

interface Done {
  readonly answer: Buffer;
  readonly outcome: WriteOutcome;
  readonly exception?: number;
}

/** Where requests become answers: units, a board of faults between them and the line, and a log of all writes. No sockets. */
export class RequestDesk {
  readonly writes = new WriteLog();
  readonly #units: ReadonlyMap<number, ModbusUnit>;
  readonly #faults: FaultBoard;
  readonly #late: LateAnswers;
  readonly #framing: Framing;
  #requests = 0;

  constructor(
    units: ReadonlyMap<number, ModbusUnit>,
    faults: FaultBoard,
    schedule: Schedule,
    framing: Framing = framings.mbap,
  ) {
    this.#framing = framing;
    this.#units = units;
    this.#faults = faults;
    this.#late = new LateAnswers(schedule);
  }

  get counters(): { requests: number; writes: number; droppedAnswers: number } {
    return { requests: this.#requests, writes: this.writes.count, droppedAnswers: this.#late.dropped };
  }

  /** Forgets answers that are still under way. */
  close(): void {
    this.#late.forget();
  }

  /** Carries out one request and answers it on its connection: at once, later, wrongly or never, as the faults will have it. */
  handle(request: Frame, connection: Connection): void {
    this.#requests += 1;
    const faults = this.#faults.take(request);
    this.#late.releaseHeld(connection);
    const nobody = this.#framing.absent === "silence" && !this.#units.has(request.unitId);
    if (nobody || faults.of("drop") !== undefined) {
      this.writes.record(request.unitId, request.pdu, { outcome: "dropped", answered: false });
      return;
    }
    const { answer, ...fate } = this.#carryOut(request, faults);
    const answered = faults.of("drop-write-answer") === undefined;
    this.writes.record(request.unitId, request.pdu, { ...fate, answered });
    if (answered) this.#send(connection, this.#frameOf(request, answer, faults), faults);
  }

  #frameOf(request: Frame, answer: Buffer, faults: TakenFaults): Buffer {
    const values = faults.falsified("value");
    const pdu = values === undefined ? answer : falsifyValues(answer, request, values);
    const honest = this.#framing.encode({ ...request, pdu });
    return faults.falsifications().reduce((bytes, fault) => this.#framing.falsify(bytes, fault), honest);
  }

  #carryOut(request: Frame, faults: TakenFaults): Done {
    try {
      const injected = faults.of("exception");
      if (injected !== undefined) throw new ModbusException(injected.code);
      const unit = this.#units.get(request.unitId);
      if (unit === undefined) throw new ModbusException(exceptionCode.gatewayTargetFailedToRespond);
      const decoded = decodeRequest(request.pdu);
      if (faults.falsified("readback") !== undefined) return { answer: writeAnswer(request.pdu), outcome: "ignored" };
      return { answer: execute(decoded, unit, request.pdu), outcome: "done" };
    } catch (error) {
      if (!(error instanceof ModbusException)) throw error;
      return { answer: exceptionAnswer(request.pdu[0] ?? 0, error.code), outcome: "refused", exception: error.code };
    }
  }

  #send(connection: Connection, bytes: Buffer, faults: TakenFaults): void {
    const late = faults.of("late");
    const delayMs = late?.ms ?? faults.of("delay")?.ms;
    if (faults.of("truncate") !== undefined) {
      connection.send(bytes.subarray(0, Math.ceil(bytes.length / 2)));
      connection.end();
    } else if (late !== undefined && late.ms === undefined) this.#late.hold(connection, bytes);
    else if (delayMs !== undefined) this.#late.sendAfter(delayMs, connection, bytes);
    else connection.send(bytes);
  }
}
