import type { LinkBeat, WireSample } from "../api/wire.ts";

/**
 * Tells when a machine's description (state, key, what is allowed) may have changed, from what passes
 * by: a device that comes or goes, a value whose quality turns, a contact or a text that changes. An
 * analogue value that moves is none of it.
 */
export class ChangeWatch {
  readonly #devices = new Map<string, LinkBeat["state"]>();
  readonly #severities = new Map<number, number>();
  readonly #contacts = new Map<number, unknown>();
  readonly #isAnalogue: (handle: number) => boolean;

  constructor(isAnalogue: (handle: number) => boolean) {
    this.#isAnalogue = isAnalogue;
  }

  beat(links: readonly LinkBeat[]): boolean {
    let changed = false;
    for (const { device, state } of links) {
      changed ||= this.#devices.get(device) !== state;
      this.#devices.set(device, state);
    }
    return changed;
  }

  samples(samples: readonly WireSample[]): boolean {
    let changed = false;
    for (const [handle, value, status] of samples) {
      const severity = status >>> 30;
      changed ||= this.#severities.get(handle) !== severity;
      this.#severities.set(handle, severity);
      if (this.#isAnalogue(handle)) continue;
      changed ||= this.#contacts.get(handle) !== value;
      this.#contacts.set(handle, value);
    }
    return changed;
  }
}
