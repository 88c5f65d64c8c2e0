import type { Command, CommandState, EquipmentView, TagView } from "../api/wire.ts";
import { say } from "../i18n/language.svelte.ts";
import { argumentWords } from "./argument-input.ts";

const ends = {
  SELECTED: "command.selected",
  PENDING_APPROVAL: "command.pending",
  SENT: "command.sent",
  VERIFIED: "command.verified",
  REFUSED: "command.refused",
  CANCELLED: "command.cancelled",
  EXPIRED: "command.expired",
  FAILED: "command.failed",
  UNKNOWN: "command.unknown",
} as const satisfies Record<CommandState, string>;

const quiet: ReadonlySet<CommandState> = new Set(["VERIFIED", "CANCELLED", "SENT", "SELECTED"]);

type Offers = EquipmentView["commands"];

/** One command in the words of the log: what was wanted, how it ended. */
export function commandWords(
  command: Command,
  tag: TagView | undefined,
  offers: Offers = [],
): { what: string; end: string; strong: boolean } {
  const strong = !quiet.has(command.state);
  return { what: commandName(command, tag, offers), end: stateWords(command), strong };
}

/** What was asked for: the set-point with its old and new value, the command with its arguments. */
export function commandName(command: Command, tag: TagView | undefined, offers: Offers): string {
  switch (command.kind) {
    case "stop":
      return say.t("stop.request");
    case "command":
      return declaredName(command, offers);
    case "write": {
      if (!tag) return command.target;
      const unit = tag.unit ? `\u00a0${tag.unit}` : "";
      const old = command.oldValue === undefined ? "" : `${say.value(command.oldValue, tag)} → `;
      return `${say.text(tag.name)} ${old}${say.value(command.value, tag)}${unit}`;
    }
  }
}

function declaredName(command: Command, offers: Offers): string {
  const offer = offers.find((each) => `${command.equipment}:${each.id}` === command.target);
  const given = Object.entries(command.arguments ?? {}).map(([id, value]) => {
    const argument = offer?.arguments.find((each) => each.id === id);
    return argument ? argumentWords(value, argument) : say.value(value, {});
  });
  return [offer ? say.text(offer.name) : command.target, ...given].join(" ");
}

/** How it ended, or where it stands. */
export function stateWords(command: Command): string {
  const words = say.t(ends[command.state]);
  if (command.state !== "VERIFIED" || !command.finishedAt) return words;
  const delayMs = Date.parse(command.finishedAt) - Date.parse(command.sentAt ?? command.requestedAt);
  return `${words} +${say.delay(delayMs)}`;
}

export type LogKind = "all" | "commands" | "set-points" | "stops";

const kinds: Record<Exclude<LogKind, "all">, Command["kind"]> = {
  commands: "command",
  "set-points": "write",
  stops: "stop",
};

export function ofKind(commands: readonly Command[], kind: LogKind): readonly Command[] {
  return kind === "all" ? commands : commands.filter((command) => command.kind === kinds[kind]);
}
