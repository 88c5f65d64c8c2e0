import { NoAnswer, Refusal } from "../api/client.ts";
import type { ConfigurationVersion, ConfigurationVersions, PendingConfiguration, VersionChanges } from "../api/wire.ts";
import { Fetched } from "../live/fetched.svelte.ts";

export interface ConfigurationDeps {
  /** @throws Refusal, NoAnswer. */
  get<Body>(path: string): Promise<Body>;
  /** Sends once. @throws Refusal, NoAnswer. */
  post<Body>(path: string, body: unknown): Promise<Body>;
  live(): boolean;
}

/** The configuration's file and versions. Going back is sent once. */
export class ConfigurationDesk {
  readonly pending: Fetched<PendingConfiguration>;
  readonly versions: Fetched<readonly ConfigurationVersion[]>;
  /** The version whose changes are shown. */
  chosen = $state.raw<number | undefined>(undefined);
  changes = $state.raw<Fetched<VersionChanges> | undefined>(undefined);
  acting = $state(false);
  /** Why the last one was not gone back to; `no-answer`: nobody knows whether it was. */
  problem = $state.raw<string | "no-answer" | undefined>(undefined);
  readonly #deps: ConfigurationDeps;

  constructor(deps: ConfigurationDeps) {
    this.#deps = deps;
    this.pending = new Fetched(() => deps.get<PendingConfiguration>("/config/pending"));
    this.versions = new Fetched(async () => (await deps.get<ConfigurationVersions>("/config/versions")).items);
  }

  async look(): Promise<void> {
    await Promise.all([this.pending.load(), this.versions.load()]);
  }

  /** Again: closes it. */
  choose(n: number): void {
    this.problem = undefined;
    const same = this.chosen === n;
    this.chosen = same ? undefined : n;
    this.changes = same ? undefined : new Fetched(() => this.#deps.get<VersionChanges>(`/config/versions/${n}`));
    void this.changes?.load();
  }

  async back(n: number): Promise<void> {
    if (this.acting || !this.#deps.live()) return;
    this.acting = true;
    this.problem = undefined;
    try {
      await this.#deps.post<ConfigurationVersions>(`/config/versions/${n}/back`, {});
    } catch (error) {
      if (!(error instanceof Refusal || error instanceof NoAnswer)) throw error;
      this.problem = error instanceof NoAnswer ? "no-answer" : (error.problem.detail ?? error.problem.title);
    } finally {
      this.acting = false;
      await this.look();
    }
  }
}
