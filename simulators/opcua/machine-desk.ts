import { StatusCode, StatusCodes, type Variant } from "node-opcua";
import { NumberedLog } from "../faults/numbered-log.ts";
import type { StandingFaults } from "../faults/standing-faults.ts";
import type { MachineMethod, ScalarType, ScalarValue, WriteVerdict } from "../process/machine-point.ts";
import { isAbout, type OpcuaFault } from "./fault.ts";
import type { MachineLock } from "./machine-lock.ts";
import type { MachineDesk, MachineNode } from "./machine-nodes.ts";
import { fromVariant, toVariant } from "./variants.ts";

/** One write or call as it came over the wire. */
export interface LoggedWrite {
  /** Id of the variable or the method, for instance `Line1.CntrlCmd`. */
  readonly node: string;
  /** 64-bit integers as text, times as RFC 3339, bytes as base64; nothing for a call. */
  readonly value?: unknown;
  /** `ignored`: answered as done, old value kept (fault `falsify readback`). */
  readonly outcome: "done" | "refused" | "ignored";
  readonly status: string;
  /** False where the answer was lost on purpose. */
  readonly answered: boolean;
}

const statusOf: Record<WriteVerdict, StatusCode> = {
  done: StatusCodes.Good,
  "out-of-range": StatusCodes.BadOutOfRange,
  "wrong-state": StatusCodes.BadInvalidState,
};

interface Last {
  readonly value: ScalarValue;
  readonly status: StatusCode;
}

/** Between machine and nodes: shows what the machine reads, carries out what clients write, as the faults will have it. */
export class OpcuaDesk implements MachineDesk {
  readonly writes = new NumberedLog<LoggedWrite>();
  readonly #faults: StandingFaults<OpcuaFault>;
  readonly #loseAnswer: () => void;
  readonly #lock: MachineLock | undefined;
  readonly #last = new Map<MachineNode, Last>();

  constructor(faults: StandingFaults<OpcuaFault>, loseAnswer: () => void, lock?: MachineLock) {
    this.#faults = faults;
    this.#loseAnswer = loseAnswer;
    this.#lock = lock;
  }

  /** Shows what has changed since the last time; its source time is now, or what the fault `clock` makes of it. */
  publish(nodes: readonly MachineNode[], nowMs: number): void {
    const sourceTime = new Date(nowMs + 1000 * (this.#faults.of("clock")?.offsetS ?? 0));
    const active = this.#faults.active();
    for (const node of nodes) this.#publishOne(node, sourceTime, active);
  }

  /** After the server has been started anew: everything is to be shown again. */
  forget(): void {
    this.#last.clear();
  }

  write(node: MachineNode, wanted: Variant, session: string): StatusCode {
    const value = fromVariant(node.point.type, wanted);
    const stops = value !== undefined && (node.point.stops?.(value) ?? false);
    const act = (): WriteVerdict =>
      value === undefined ? "out-of-range" : (node.point.write?.(value) ?? "wrong-state");
    const status = this.#carryOut(node.id, () => this.#verdict(session, stops, act), readable(value));
    this.publish([node], Date.now());
    return status;
  }

  call(id: string, method: MachineMethod, session: string): StatusCode {
    return this.#carryOut(id, () => this.#verdict(session, method.stops ?? false, method.call), undefined);
  }

  serve(id: string, act: () => StatusCode): StatusCode {
    return this.#carryOut(id, act, undefined);
  }

  #verdict(session: string, stops: boolean, act: () => WriteVerdict): StatusCode {
    const admitted = this.#lock?.admits(session) ?? true;
    return admitted || stops ? statusOf[act()] : StatusCodes.BadLocked;
  }

  #carryOut(id: string, act: () => StatusCode, value: unknown): StatusCode {
    const about = (fault: { readonly node?: string | undefined }): boolean => isAbout(fault, id);
    const rejected = this.#faults.take("reject-writes", about);
    const ignored = this.#faults.take("falsify", (fault) => fault.what === "readback" && about(fault));
    const status = rejected ? named(rejected.status) : ignored ? StatusCodes.Good : act();
    const answered = this.#faults.take("drop-write-answer", about) === undefined;
    const outcome = ignored && !rejected ? "ignored" : status.isGood() ? "done" : "refused";
    this.writes.record({ node: id, ...(value === undefined ? {} : { value }), outcome, status: status.name, answered });
    if (!answered) this.#loseAnswer();
    return status;
  }

  #publishOne(node: MachineNode, sourceTime: Date, active: readonly OpcuaFault[]): void {
    const bad = active.find((fault) => fault.kind === "bad-status" && isAbout(fault, node.id));
    const status = bad?.kind === "bad-status" ? named(bad.status) : StatusCodes.Good;
    const lie = active.find((fault) => fault.kind === "falsify" && fault.what === "value" && isAbout(fault, node.id));
    const told = lie?.kind === "falsify" ? falseValue(node.point.type, lie.value) : undefined;
    const value = told ?? node.point.read();
    const last = this.#last.get(node);
    if (last !== undefined && sameValue(last.value, value) && last.status === status) return;
    this.#last.set(node, { value, status });
    node.show(toVariant(node.point.type, value), status, sourceTime);
  }
}

function named(status: string): StatusCode {
  const found: unknown = Reflect.get(StatusCodes, status);
  return found instanceof StatusCode ? found : StatusCodes.BadInternalError;
}

/** What the fault wants to stand there, bent into the variable's type; undefined where that cannot be. */
function falseValue(type: ScalarType, value: unknown): ScalarValue | undefined {
  switch (type) {
    case "Boolean":
      return Boolean(value);
    case "String":
      return String(value);
    case "ByteString":
      return Buffer.from(String(value));
    case "Int64":
    case "UInt64":
      return /^-?\d{1,20}$/.test(String(value)) ? BigInt(String(value)) : undefined;
    case "Float":
    case "Double":
    case "DateTime":
      return Number(value);
    default:
      return fittingInteger(type, Number(value));
  }
}

const integerBits = { SByte: 8, Byte: 8, Int16: 16, UInt16: 16, Int32: 32, UInt32: 32 } as const;

function fittingInteger(type: keyof typeof integerBits, value: number): number | undefined {
  const span = 2 ** integerBits[type];
  const low = type === "Byte" || type.startsWith("U") ? 0 : -span / 2;
  return Number.isInteger(value) && value >= low && value < low + span ? value : undefined;
}

function sameValue(a: ScalarValue, b: ScalarValue): boolean {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) === 0;
  return Object.is(a, b);
}

function readable(value: ScalarValue | undefined): unknown {
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}
