import type { Clock, Timers } from "../core/clock.ts";
import { Formulas, type Seen } from "../core/derived/formulas.ts";
import { rootsOf } from "../core/derived/roots.ts";
import type { BrowseEntry, Channel, DriverModule, Point, Reading } from "../core/driver-port.ts";
import { PlanciaError } from "../core/errors.ts";
import type { ExpressionCompiler } from "../core/expression-port.ts";
import type { Log } from "../core/log.ts";
import type { Device, Plant, Tag } from "../core/plant.ts";
import { toEngineering } from "../core/scaling.ts";
import { isBad, Status } from "../core/status.ts";
import { toJson } from "../core/value.ts";
import type { ReadValue } from "./device-actions.ts";

export interface DirectSettings {
  readonly plant: Plant;
  /** For derived tags: they are made of what was read. */
  readonly compile: ExpressionCompiler;
  /** Loads the code of a driver by its name. */
  readonly load: (driver: string) => Promise<DriverModule>;
  readonly folder: (driver: string) => string;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

const connectMs = 10_000;
const answerMs = 10_000;
/** How long values that nobody can ask for are waited for. */
const listenMs = 5_000;

/** Devices without a gateway: a connection of a moment, opened and closed again. The data folder's lock is the caller's. */
export class DirectDevices {
  readonly #with: DirectSettings;

  constructor(settings: DirectSettings) {
    this.#with = settings;
  }

  /** @throws PlanciaError request/not-found, request/invalid, device/*. */
  browse(device: Device, path: string): Promise<readonly BrowseEntry[]> {
    return this.#during([device], async (channel) => {
      if (!channel.browse) throw new PlanciaError("request/invalid", `${device.id} cannot be browsed`);
      return channel.browse(device.id, path, AbortSignal.timeout(answerMs));
    });
  }

  /**
   * One value a tag, in order; a device that is not there gives Bad values, not an error. What a gateway computes over
   * time is Bad_NoData: only a gateway counts.
   */
  async read(tags: readonly Tag[]): Promise<readonly ReadValue[]> {
    const { plant, compile, clock } = this.#with;
    const byName = new Map(plant.tags.map((tag) => [tag.name, tag]));
    const roots = [...new Set(tags.flatMap((tag) => rootsOf(tag, byName)))];
    const readings = await this.#readRoots(roots);
    const now = clock.wallMs();
    const look = new Formulas(plant.tags, compile).through((name) => {
      const tag = byName.get(name);
      return tag && seenOf(tag, readings.get(tag), now);
    });
    return tags.map((tag) => {
      const seen = tag.derived ? look(tag.name) : seenOf(tag, readings.get(tag), now);
      const isConfirmed = rootsOf(tag, byName).every((root) => readings.has(root));
      return readValue(tag, seen, now, isConfirmed ? now : undefined);
    });
  }

  async #readRoots(tags: readonly Tag[]): Promise<ReadonlyMap<Tag, Reading>> {
    const devices = new Map(this.#with.plant.devices.map((device) => [device.id, device]));
    const channels = Map.groupBy(tags, (tag) => devices.get(tag.device)?.channel ?? tag.device);
    const found = new Map<Tag, Reading>();
    const failures = new Set<string>();
    for (const members of channels.values()) {
      const used = [...new Set(members.map((tag) => tag.device))].flatMap((id) => devices.get(id) ?? []);
      try {
        await this.#during(used, (channel) => this.#readAll(channel, members, found));
      } catch (error) {
        if (!(error instanceof PlanciaError) || !error.code.startsWith("device/")) throw error;
        failures.add(`${used.map(({ id }) => id).join(", ")}: ${error.message}`);
      }
    }
    if (found.size === 0 && failures.size > 0)
      throw new PlanciaError("device/connection-lost", [...failures].join("; "));
    return found;
  }

  async #during<T>(devices: readonly Device[], use: (channel: Channel) => Promise<T>): Promise<T> {
    const { clock, timers, log, load, folder } = this.#with;
    const driver = devices[0]?.driver ?? "";
    const lost = Promise.withResolvers<never>();
    lost.promise.catch(() => undefined);
    const channel = (await load(driver)).createChannel(
      devices.map(({ id, settings, intervalMs }) => ({ id, settings, intervalMs })),
      { folder: folder(driver), log, clock, timers, lost: (error) => lost.reject(error) },
    );
    try {
      await channel.connect(AbortSignal.timeout(connectMs));
      return await Promise.race([use(channel), lost.promise]);
    } finally {
      await channel.close();
    }
  }

  async #readAll(channel: Channel, tags: readonly Tag[], found: Map<Tag, Reading>): Promise<void> {
    const points = tags.map((tag): Point => {
      const { handle, address, type } = tag;
      return { handle, address, type, writable: false };
    });
    for (const [device, members] of Map.groupBy(tags, (tag) => tag.device)) {
      const some = points.filter((_, i) => tags[i]?.device === device);
      const readings = await (channel.read
        ? channel.read(device, some, AbortSignal.timeout(answerMs), "verify")
        : this.#listen(channel, device, some));
      members.forEach((tag, i) => {
        const reading = readings[i];
        if (reading) found.set(tag, reading);
      });
    }
  }

  /** What a device that only speaks says within a few seconds. */
  async #listen(channel: Channel, device: string, points: readonly Point[]): Promise<readonly (Reading | undefined)[]> {
    const heard = new Map<number, Reading>();
    const over = new AbortController();
    const enough = Promise.withResolvers<void>();
    const cancel = this.#with.timers.after(listenMs, enough.resolve);
    const sink = {
      readings(_: string, handles: readonly number[], readings: readonly Reading[]): void {
        for (const [i, handle] of handles.entries()) {
          const reading = readings[i];
          if (reading) heard.set(handle, reading);
        }
        if (heard.size >= points.length) enough.resolve();
      },
      alive(): void {},
    };
    try {
      await channel.subscribe?.(device, points, sink, over.signal);
      await enough.promise;
    } finally {
      cancel();
      over.abort();
    }
    return points.map(({ handle }) => heard.get(handle));
  }
}

function seenOf(tag: Tag, reading: Reading | undefined, nowMs: number): Seen {
  const { value, status, sourceTime } = reading ?? { value: null, status: Status.Bad_NoCommunication };
  return { value: isBad(status) ? null : toEngineering(tag, value), status, sourceTime: sourceTime ?? nowMs };
}

function readValue(tag: Tag, seen: Seen | undefined, nowMs: number, confirmedAtMs: number | undefined): ReadValue {
  const { value, status, sourceTime } = seen ?? { value: null, status: Status.Bad_NoData, sourceTime: nowMs };
  return {
    tag: tag.name,
    value: toJson(value),
    unit: tag.unit,
    status,
    sourceTime: new Date(sourceTime || nowMs).toISOString(),
    confirmedAt: confirmedAtMs === undefined ? undefined : new Date(confirmedAtMs).toISOString(),
  };
}
