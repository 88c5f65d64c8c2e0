import type { DeviceLocks, LockResult } from "../../core/driver-port.ts";
import { PlanciaError } from "../../core/errors.ts";
import type { OpcuaLock } from "./address.ts";
import { referencesOf } from "./browsing.ts";
import { exitLock, initLock, type LockObject, refused, renewLock, unsupported } from "./lock-services.ts";
import type { NodeId } from "./node-opcua.ts";
import { nodeIdOf } from "./nodes.ts";
import type { ServerFacts } from "./server-facts.ts";
import type { Asks } from "./session.ts";

export interface LocksSettings {
  /** The session while it stands. */
  readonly open: () =>
    | { readonly session: Asks; readonly facts: ServerFacts; readonly ownUri: string | undefined }
    | undefined;
  /** How long an answer may take; undefined: no device of this channel. */
  readonly timeoutMsOf: (device: string) => number | undefined;
}

/** Lock objects that are remembered; a plant names each of its own in the configuration. */
const mostKnown = 1_000;

/** The locks of a channel's devices. They go at once, past the writes that wait, and belong to the session. */
export class Locks implements DeviceLocks {
  readonly #settings: LocksSettings;
  readonly #known = new Map<string, LockObject>();

  constructor(settings: LocksSettings) {
    this.#settings = settings;
  }

  lock(device: string, address: unknown, signal: AbortSignal): Promise<LockResult> {
    return this.#at(device, address, signal, initLock, (at, result) => {
      // Nobody waits for it any more, so nobody would give it back.
      if (result.outcome === "granted") void exitLock(at);
    });
  }

  renew(device: string, address: unknown, signal: AbortSignal): Promise<LockResult> {
    return this.#at(device, address, signal, renewLock);
  }

  unlock(device: string, address: unknown, signal: AbortSignal): Promise<LockResult> {
    return this.#at(device, address, signal, exitLock);
  }

  async #at(
    device: string,
    address: unknown,
    signal: AbortSignal,
    service: (at: LockObject) => Promise<LockResult>,
    tooLate: (at: LockObject, result: LockResult) => void = () => undefined,
  ): Promise<LockResult> {
    const at = await this.#find(device, (address as OpcuaLock).object, signal).catch(failure);
    if ("outcome" in at) return at;
    if (signal.aborted) return givenUp();
    return new Promise((resolve) => {
      const giveUp = () => resolve(givenUp());
      signal.addEventListener("abort", giveUp, { once: true });
      void service(at).then((result) => {
        signal.removeEventListener("abort", giveUp);
        if (signal.aborted) tooLate(at, result);
        resolve(result);
      });
    });
  }

  /** @throws PlanciaError, the signal's reason. */
  async #find(device: string, object: string, signal: AbortSignal): Promise<LockObject | LockResult> {
    const link = this.#settings.open();
    const timeoutMs = this.#settings.timeoutMsOf(device);
    if (!link || timeoutMs === undefined) return refused("the channel is not connected");
    const known = this.#known.get(object);
    if (known) return known;
    const id = nodeIdOf(object, link.facts.namespaces);
    if (!id) return unsupported("the server has no such namespace");
    const { session, ownUri } = link;
    const nodes = new Map<string, NodeId>();
    for (const { browseName, nodeId } of await referencesOf({ session, timeoutMs, signal }, id)) {
      if (browseName.name) nodes.set(browseName.name, nodeId as NodeId);
    }
    const found = { session, timeoutMs, object: id, nodes, ownUri };
    if (this.#known.size < mostKnown) this.#known.set(object, found);
    return found;
  }
}

function failure(error: unknown): LockResult {
  if (!(error instanceof PlanciaError)) return givenUp();
  return error.code === "request/not-found" ? unsupported(error.message) : refused(error.message);
}

function givenUp(): LockResult {
  return refused("the device did not answer in time");
}
