import type { Command, EquipmentView, LinkBeat, OnCallEntry, SignInAlarm, TagView } from "../api/wire.ts";
import type { Quality } from "./value-state.ts";

/** One thing that somebody should look at, derived from what is live. Worst first. */
export type Attention =
  /** R43: whoever has control is asked for a sign of life. */
  | { readonly kind: "there"; readonly equipment: string; readonly beforeMs: number }
  /** R41: somebody asks the reader for control. */
  | { readonly kind: "request"; readonly equipment: string; readonly user: string; readonly beforeMs: number }
  | { readonly kind: "on-call"; readonly equipment: string; readonly entry: OnCallEntry }
  /** Somebody may have what is another's; about no machine. */
  | { readonly kind: "sign-in"; readonly equipment: ""; readonly alarm: SignInAlarm }
  /** R42: a command waits for a second person, who may be the reader. */
  | { readonly kind: "approval"; readonly equipment: string; readonly command: Command }
  | { readonly kind: "unknown"; readonly equipment: string; readonly command: Command }
  | {
      readonly kind: "device";
      readonly equipment: string;
      readonly device: string;
      readonly sinceMs: number | undefined;
    }
  | { readonly kind: "bad"; readonly equipment: string; readonly tag: TagView; readonly quality: Quality }
  | { readonly kind: "stale"; readonly equipment: string; readonly tag: TagView; readonly quality: Quality }
  | { readonly kind: "forced"; readonly equipment: string; readonly tag: TagView; readonly quality: Quality };

export interface AttentionInput {
  readonly equipment: readonly EquipmentView[];
  readonly unknown: readonly Command[];
  /** Those that the reader may approve. */
  readonly pending: readonly Command[];
  readonly onCall: readonly OnCallEntry[];
  readonly signIns: readonly SignInAlarm[];
  device(id: string): LinkBeat | undefined;
  quality(tag: TagView): Quality;
}

/** What runs out within the minute first, then what somebody has to see to. */
const weight: Record<Attention["kind"], number> = {
  there: 0,
  request: 1,
  approval: 2,
  "on-call": 3,
  "sign-in": 4,
  unknown: 5,
  device: 6,
  bad: 7,
  stale: 8,
  forced: 9,
};

/** A device that is away speaks for its values: they are not listed one by one beside it. */
export function attention(input: AttentionInput): readonly Attention[] {
  const found: Attention[] = [
    ...input.unknown.map((command) => ({ kind: "unknown", equipment: command.equipment, command }) as const),
    ...input.pending.map((command) => ({ kind: "approval", equipment: command.equipment, command }) as const),
    ...input.signIns.map((alarm) => ({ kind: "sign-in", equipment: "", alarm }) as const),
    ...input.onCall.map((entry) => ({ kind: "on-call", equipment: entry.equipment, entry }) as const),
  ];
  for (const machine of input.equipment) {
    found.push(...ofControl(machine));
    const away = new Set<string>();
    for (const link of machine.links) {
      const state = input.device(link.device)?.state ?? link.state;
      if (state !== "lost" && state !== "connecting") continue;
      away.add(link.device);
      found.push({ kind: "device", equipment: machine.id, device: link.device, sinceMs: Date.parse(link.since) });
    }
    for (const tag of machine.tags) {
      if ((tag.derived?.devices ?? [tag.device]).some((id) => away.has(id))) continue;
      const quality = input.quality(tag);
      const kind = quality.kind === "overridden" ? "forced" : quality.kind;
      if (kind === "bad" || kind === "stale" || kind === "forced") {
        found.push({ kind, equipment: machine.id, tag, quality });
      }
    }
  }
  return found.sort((a, b) => weight[a.kind] - weight[b.kind]);
}

/** What is asked of whoever has control. */
function ofControl({ id, control }: EquipmentView): readonly Attention[] {
  if (!control.mine) return [];
  const { areYouThere, request } = control;
  return [
    ...(areYouThere ? [{ kind: "there", equipment: id, beforeMs: Date.parse(areYouThere) } as const] : []),
    ...(request
      ? [{ kind: "request", equipment: id, user: request.user, beforeMs: Date.parse(request.answerBefore) } as const]
      : []),
  ];
}
