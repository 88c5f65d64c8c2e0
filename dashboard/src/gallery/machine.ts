import type { Cause, CommandOffer, ControlView, EquipmentView, WhyNode } from "../api/wire.ts";
import { nowMs, tag } from "./samples.ts";

export const text = (words: string) => ({ en: words, it: words });
const instant = (ms: number) => new Date(ms).toISOString();

export const noLease: Cause = {
  cause: "no-lease",
  text: text("You do not have control of this machine"),
  lifts: text("Take control"),
};
export const tankLow: Cause = { cause: "interlock", text: text("Tank level: not met") };

export const control: ControlView = {
  lease: "required",
  holder: null,
  mine: false,
  take: { allowed: true, causes: [] },
  force: false,
  phoneControl: "watch",
};

export const controlStates: Readonly<Record<string, ControlView>> = {
  nobody: control,
  mine: { ...control, holder: "M. Rossi", mine: true, since: instant(nowMs - 2_048_000) },
  asked: {
    ...control,
    holder: "M. Rossi",
    mine: true,
    since: instant(nowMs - 2_048_000),
    request: { user: "L. Conti", mine: false, answerBefore: instant(nowMs + 22_000) },
  },
  other: { ...control, holder: "L. Conti", since: instant(nowMs - 620_000), visible: false },
  asking: {
    ...control,
    holder: "L. Conti",
    since: instant(nowMs - 620_000),
    request: { user: "M. Rossi", mine: true, answerBefore: instant(nowMs + 22_000) },
  },
  supervisor: { ...control, holder: "L. Conti", since: instant(nowMs - 620_000), force: true },
  refused: {
    ...control,
    take: { allowed: false, causes: [{ cause: "locked-out", text: text("P. Sala has locked it out") }] },
  },
};

export function offer(id: string, more: Partial<CommandOffer> = {}): CommandOffer {
  return {
    id,
    name: text(`${id.charAt(0).toUpperCase()}${id.slice(1)}`),
    class: "C2",
    legal: true,
    allowed: true,
    causes: [],
    arguments: [],
    approval: { required: false },
    effect: { when: "state == 6", withinMs: 10_000 },
    ...more,
  };
}

/** A filling line, stopped, with its PackML commands. */
export function machine(more: Partial<EquipmentView> = {}): EquipmentView {
  return {
    id: "line",
    name: text("Filling line 1"),
    description: text("Format change to order 4418"),
    state: { name: "Stopped", tag: "line/state" },
    mode: { production: true, value: 1 },
    local: { declared: "key", tag: "line/key", remote: true },
    control,
    lockOuts: [],
    island: false,
    unattended: false,
    changeWaits: false,
    secondFactor: "off",
    stop: { allowed: true, causes: [], declared: true, withinMs: 3_000 },
    commands: [
      offer("reset", { states: ["Stopped", "Complete"] }),
      offer("start", { allowed: false, causes: [noLease, tankLow], states: ["Idle"] }),
      offer("hold", { allowed: false, legal: false, states: ["Execute"] }),
    ],
    links: [{ device: "plc", name: text("PLC"), state: "connected", since: instant(nowMs - 3_600_000) }],
    highlights: [],
    bookable: false,
    tags: [tag],
    ...more,
  };
}

export const why: readonly WhyNode[] = [
  { kind: "check", text: noLease.text, truth: false, cause: "no-lease", lifts: text("Take control") },
  {
    kind: "condition",
    text: text("Line ready"),
    truth: false,
    cause: "interlock",
    children: [
      {
        kind: "and",
        text: text("level >= 40.0 && temperature < 7.0"),
        truth: false,
        children: [
          {
            kind: "leaf",
            text: text("level >= 40.0"),
            truth: false,
            tags: [{ tag: "line/level", value: 36.2, status: 0 }],
          },
          {
            kind: "leaf",
            text: text("temperature < 7.0"),
            truth: "unknown",
            tags: [{ tag: "line/temperature", value: null, status: 0x80310000 }],
          },
        ],
      },
    ],
  },
  { kind: "check", text: text("The key is on REMOTE"), truth: true },
];
