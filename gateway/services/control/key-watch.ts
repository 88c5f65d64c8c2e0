import { told } from "../../core/control/event-words.ts";
import type { Equipment, Plant } from "../../core/plant.ts";
import { says } from "../../core/site/chain.ts";
import type { LiveValues } from "../use-cases.ts";
import type { Desk } from "./desk.ts";

const turned = told("key-local");

/**
 * Hears of every batch that a key is in; `local`: it was on LOCAL in it, also where a later row of the
 * same batch says otherwise again. Returns what ends it.
 */
export function onKeys(
  { plant, values }: { readonly plant: Plant; readonly values: Pick<LiveValues, "onBatch"> },
  listener: (equipment: Equipment, seen: { readonly local: boolean }) => void,
): () => void {
  const keys = keysByHandle(plant);
  return values.onBatch((batch) => {
    const seen = new Map<Equipment, { local: boolean }>();
    for (let row = 0; row < batch.handles.length; row++) {
      const key = keys.get(batch.handles[row] as number);
      if (!key) continue;
      const sample = { value: batch.values[row] ?? null, status: batch.statuses[row] as number };
      const local = says(sample, key.remote) === false || seen.get(key.equipment)?.local === true;
      seen.set(key.equipment, { local });
    }
    for (const [equipment, each] of seen) listener(equipment, each);
  });
}

/** R39: LOCAL takes back at once whatever has not been written, whoever has control. Returns what ends it. */
export function watchKeys(desk: Desk): () => void {
  return onKeys(desk, (equipment, { local }) => {
    if (local) desk.activity.cancelPending(equipment.id, turned);
  });
}

function keysByHandle({ equipment: machines }: Plant) {
  return new Map(
    machines.flatMap((equipment) => {
      const { local, tags } = equipment;
      const key = typeof local === "object" ? tags.find((tag) => tag.id === local.tag) : undefined;
      return key && typeof local === "object" ? [[key.handle, { equipment, remote: local.remote }] as const] : [];
    }),
  );
}
