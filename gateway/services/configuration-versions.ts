import type { Clock } from "../core/clock.ts";
import type { ConfigurationStore } from "../core/configuration-port.ts";

/** A configuration as it is kept: without secrets. */
export interface KeptConfiguration {
  readonly text: string;
  readonly leftOut: number;
  /** Canonical JSON. */
  readonly plain: string;
}

/**
 * At a start: what was saved last is what starts, or the file is another since, and a version of its
 * own. Who wrote that is not known. Gives its number. @throws PlanciaError store/unavailable.
 */
export async function startVersion(
  store: Pick<ConfigurationStore, "newest" | "started" | "add">,
  clock: Clock,
  { text, leftOut, plain }: KeptConfiguration,
): Promise<number> {
  const at = clock.wallMs();
  const newest = await store.newest();
  if (newest?.text !== text)
    return store.add({ at, who: "system:gateway", why: undefined, text, leftOut, plain, startedAt: at });
  await store.started(newest.n, plain, at);
  return newest.n;
}
