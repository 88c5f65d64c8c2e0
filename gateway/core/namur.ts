import { isBad, Status } from "./status.ts";

/** NAMUR NE 107: failure, function check, out of specification, maintenance required. */
export type NamurLetter = "F" | "C" | "S" | "M" | "good";

export type DiagnosisReason =
  | "no-connection"
  | "no-answer"
  | "all-bad"
  | "device-failure"
  | "being-opened"
  | "switched-off"
  | "checking"
  | "some-bad"
  | "out-of-range"
  | "refused-points"
  | "often-lost"
  | "none";

export interface Diagnosis {
  readonly letter: NamurLetter;
  readonly reason: DiagnosisReason;
  /** How many tags, where it is about tags. */
  readonly tags?: number | undefined;
}

/** How many tags of a device say what; a tag counts once. */
export interface TagCounts {
  readonly all: number;
  /** The device says that it, or a sensor of it, is broken. */
  readonly failed: number;
  /** Out of service, simulated, waiting for a first value, or set by hand at the machine. */
  readonly checking: number;
  /** Refused as configured: no such address, another type, no right. */
  readonly refused: number;
  readonly otherBad: number;
  readonly uncertain: number;
}

export interface DeviceFacts {
  readonly state: "connecting" | "connected" | "lost" | "off";
  /** Connected, and yet the device itself does not answer. */
  readonly isSilent: boolean;
  readonly tags: TagCounts;
  /** Lost connections in the last `lossWindowMs`. */
  readonly losses: number;
}

/** Ours, not of NE 107: three losses in ten minutes are a cable, a switch or a server that somebody should look at. */
export const lossWindowMs = 600_000;
const manyLosses = 3;

type Row = readonly [
  letter: NamurLetter,
  reason: DiagnosisReason,
  holds: (facts: DeviceFacts) => boolean,
  tags?: (counts: TagCounts) => number,
];

const badOf = ({ failed, refused, otherBad }: TagCounts) => failed + refused + otherBad;

/** The first that holds is the device's: failure goes before all, a notice about maintenance comes last (NE 107 §3). */
const rows: readonly Row[] = [
  ["F", "no-connection", ({ state }) => state === "lost"],
  ["F", "no-answer", ({ isSilent }) => isSilent],
  ["C", "switched-off", ({ state }) => state === "off"],
  ["C", "being-opened", ({ state }) => state === "connecting"],
  ["F", "device-failure", ({ tags }) => tags.failed > 0, ({ failed }) => failed],
  ["F", "all-bad", ({ tags }) => tags.all > 0 && badOf(tags) === tags.all, ({ all }) => all],
  ["C", "checking", ({ tags }) => tags.checking > 0, ({ checking }) => checking],
  ["S", "some-bad", ({ tags }) => tags.otherBad > 0, ({ otherBad }) => otherBad],
  ["S", "out-of-range", ({ tags }) => tags.uncertain > 0, ({ uncertain }) => uncertain],
  ["M", "refused-points", ({ tags }) => tags.refused > 0, ({ refused }) => refused],
  ["M", "often-lost", ({ losses }) => losses >= manyLosses],
];

export function diagnose(facts: DeviceFacts): Diagnosis {
  const row = rows.find(([, , holds]) => holds(facts));
  if (!row) return { letter: "good", reason: "none" };
  const [letter, reason, , count] = row;
  return { letter, reason, tags: count?.(facts.tags) };
}

// By the upper 16 bits, which hold severity and sub-code.
const upper = (...statuses: readonly number[]) => new Set(statuses.map((status) => status >>> 16));
const failedCodes = upper(Status.Bad_DeviceFailure, Status.Bad_SensorFailure);
const checkingCodes = upper(
  Status.Bad_OutOfService,
  Status.Bad_WaitingForInitialData,
  Status.Uncertain_InitialValue,
  Status.Good_LocalOverride,
);
const refusedCodes = upper(
  Status.Bad_NodeIdUnknown,
  Status.Bad_NotReadable,
  Status.Bad_NotSupported,
  Status.Bad_TypeMismatch,
  Status.Bad_ConfigurationError,
  Status.Bad_UserAccessDenied,
);

export function countTags(statuses: Iterable<number>): TagCounts {
  const counts = { all: 0, failed: 0, checking: 0, refused: 0, otherBad: 0, uncertain: 0 };
  for (const status of statuses) {
    const code = status >>> 16;
    counts.all++;
    if (failedCodes.has(code)) counts.failed++;
    else if (checkingCodes.has(code)) counts.checking++;
    else if (refusedCodes.has(code)) counts.refused++;
    else if (isBad(status)) counts.otherBad++;
    else if (status >>> 30 === 1) counts.uncertain++;
  }
  return counts;
}
