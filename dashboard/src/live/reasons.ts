import type { Cause, EquipmentView, TagView, Text } from "../api/wire.ts";

/** One thing that stands in the way, and everything it keeps from being done. */
export interface Reason {
  readonly key: string;
  readonly cause: Cause;
  readonly blocks: readonly Text[];
}

const notLive: Cause = {
  cause: "data-stale",
  text: { en: "The present value is not live", it: "Il valore attuale non è aggiornato" },
};

/**
 * All causes of a machine's refusals, each once, the one that blocks most first (R8). A tag that only
 * commands write is left out: nobody looks for a field there. `isLive`: the present value is believed.
 */
export function reasonsOf(machine: EquipmentView, isLive: (tag: TagView) => boolean): readonly Reason[] {
  const found = new Map<string, { cause: Cause; blocks: Text[] }>();
  const add = (causes: readonly Cause[], what: Text) => {
    for (const cause of causes) {
      const key = `${cause.cause} ${cause.text.en}`;
      const reason = found.get(key) ?? { cause, blocks: [] };
      reason.blocks.push(what);
      found.set(key, reason);
    }
  };
  for (const command of machine.commands) add(command.causes, command.name);
  for (const tag of machine.tags) {
    if (!tag.writable || tag.writable.only === "commands") continue;
    add(tag.writable.causes, tag.name);
    // Seen here before the gateway says it: a value that is not live carries no command.
    if (tag.writable.allowed && !isLive(tag)) add([notLive], tag.name);
  }
  return [...found].map(([key, reason]) => ({ key, ...reason })).sort((a, b) => b.blocks.length - a.blocks.length);
}
