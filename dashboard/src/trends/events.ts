import type { Command } from "../api/wire.ts";
import { shareOf, type TrendWindow } from "./trend-window.ts";

/** Commands that lie so near to each other that one mark stands for them; at least one, oldest first. */
export interface EventMark {
  readonly atMs: number;
  readonly commands: readonly Command[];
  /** Somebody asked for a stop. */
  readonly stop: boolean;
  /** On which side of the mark its words have room, and how many pixels; undefined: on none. */
  readonly words: { readonly side: "left" | "right"; readonly room: number } | undefined;
}

const apartPx = 18;
const leastWordsPx = 90;

export function requestedMs(command: Command): number {
  return Date.parse(command.requestedAt);
}

/** The marks of the commands in the window, oldest first, on a lane `width` pixels wide. */
export function eventMarks(commands: readonly Command[], window: TrendWindow, width: number): readonly EventMark[] {
  const x = (atMs: number) => shareOf(atMs, window) * width;
  const inside = commands
    .filter((command) => requestedMs(command) >= window.fromMs && requestedMs(command) < window.toMs)
    .sort((a, b) => requestedMs(a) - requestedMs(b));
  const groups: Command[][] = [];
  for (const command of inside) {
    const group = groups.at(-1);
    const first = group?.[0];
    if (group && first && x(requestedMs(command)) - x(requestedMs(first)) < apartPx) group.push(command);
    else groups.push([command]);
  }
  const places = groups.map(([first]) => (first ? x(requestedMs(first)) : 0));
  return groups.map((group, n) => ({
    atMs: group[0] ? requestedMs(group[0]) : window.fromMs,
    commands: group,
    stop: group.some((command) => command.kind === "stop"),
    words: wordsAt(places, n, width),
  }));
}

/** To the right, up to the next mark. The last one may look to the left and shares that room with the one before. */
function wordsAt(places: readonly number[], n: number, width: number): EventMark["words"] {
  const here = places[n] ?? 0;
  const last = places.at(-1) ?? 0;
  const turned = width - last < leastWordsPx;
  const lastRoom = (last - (places.at(-2) ?? 0)) / (places.length > 1 ? 2 : 1);
  if (n === places.length - 1 && turned) return lastRoom < leastWordsPx ? undefined : { side: "left", room: lastRoom };
  const shared = n === places.length - 2 && turned && lastRoom >= leastWordsPx;
  const room = shared ? lastRoom : (places[n + 1] ?? width) - here;
  return room < leastWordsPx ? undefined : { side: "right", room };
}

/** Two lists of commands as one, each command once; the newer state of it wins. */
export function mergeCommands(one: readonly Command[], other: readonly Command[]): readonly Command[] {
  const merged = new Map<string, Command>();
  for (const command of [...one, ...other]) {
    const known = merged.get(command.id);
    if (!known || (!known.finishedAt && command.finishedAt)) merged.set(command.id, command);
  }
  return [...merged.values()];
}
