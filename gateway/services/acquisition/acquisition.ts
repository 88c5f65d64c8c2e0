import type { Clock, Timers } from "../../core/clock.ts";
import type {
  CallArgument,
  CallResult,
  Channel,
  DeviceLocks,
  DriverModule,
  DriverThreadFacts,
  Point,
  PointFacts,
  Withdrawn,
  WriteLane,
  WriteResult,
} from "../../core/driver-port.ts";
import type { Log } from "../../core/log.ts";
import { countTags, type Diagnosis, diagnose, lossWindowMs } from "../../core/namur.ts";
import type { Device, Plant, Tag } from "../../core/plant.ts";
import type { Sample } from "../../core/sample.ts";
import { Status } from "../../core/status.ts";
import type { Value } from "../../core/value.ts";
import type { Image } from "../image.ts";
import type { DeviceStatus, Devices } from "../use-cases.ts";
import { staleFactor, sweep, sweepEveryMs } from "./freshness.ts";
import { Intake } from "./intake.ts";
import { Link } from "./link.ts";
import { Offers } from "./offers.ts";
import { openLocks } from "./open-locks.ts";
import { type PollGroup, pollGroup } from "./poller.ts";
import { ReadsNow } from "./reads-now.ts";

export interface AcquisitionSettings {
  readonly plant: Plant;
  readonly image: Image;
  /** By driver name. */
  readonly drivers: ReadonlyMap<string, () => Promise<DriverModule>>;
  /** The thread of a device's driver; undefined: it is this one. */
  readonly thread?: ((device: Device) => DriverThreadFacts | undefined) | undefined;
  /** Folder of a driver's own files. */
  readonly folder: (driver: string) => string;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly random?: (() => number) | undefined;
}

const lookMs = 2000;

/**
 * Owns every connection to devices: opens them, polls or subscribes, keeps the image fresh, and is
 * the only way to a device's read and write.
 */
export class Acquisition implements Devices {
  /** The devices' own locks (R40). */
  readonly locks: DeviceLocks = openLocks((device) => this.#channelOf(device));
  readonly #settings: AcquisitionSettings;
  readonly #intake: Intake;
  readonly #points: readonly Point[];
  readonly #reads: ReadsNow;
  readonly #links = new Map<string, Link>();
  readonly #byDevice = new Map<string, Link>();
  readonly #groups = new Map<string, PollGroup[]>();
  readonly #aliveAt = new Map<string, number>();
  readonly #silent = new Map<string, number>();
  readonly #offers: Offers;
  /** Tags of devices: what is computed follows them. */
  readonly #ofDevices: readonly Tag[];
  #cancelSweep: (() => void) | undefined;
  #cancelLook: (() => void) | undefined;

  constructor(settings: AcquisitionSettings) {
    this.#settings = settings;
    this.#intake = new Intake(settings.plant.tags, settings.image, settings.clock);
    this.#points = settings.plant.tags.map(toPoint);
    this.#ofDevices = settings.plant.tags.filter((tag) => !tag.derived);
    this.#offers = new Offers(settings.plant.tags, settings.log);
    this.#reads = new ReadsNow({
      ...settings,
      intake: this.#intake,
      points: this.#points,
      channelOf: (device) => this.#channelOf(device),
      onAnswer: (device) => this.#answered(device),
    });
    for (const device of settings.plant.devices) this.#groups.set(device.id, this.#groupsOf(device));
    for (const [channel, devices] of channelsOf(settings.plant.devices)) this.#addLink(channel, devices);
  }

  start(): void {
    const { image, timers } = this.#settings;
    for (const link of this.#links.values()) link.start();
    this.#cancelSweep = timers.every(sweepEveryMs(this.#ofDevices), () => sweep(this.#ofDevices, image, this.#intake));
    this.#cancelLook = timers.every(lookMs, () => {
      for (const link of this.#links.values()) link.look();
    });
  }

  /** Closes every connection and marks all tags, so that history shows a gap and no last value that seems to hold. */
  async stop(): Promise<void> {
    this.#cancelSweep?.();
    this.#cancelLook?.();
    await Promise.all([...this.#links.values()].map((link) => link.stop()));
    this.#intake.mark(this.#ofDevices.map((tag) => ({ handle: tag.handle, status: Status.Bad_Shutdown })));
  }

  /**
   * Reads tags now, before waiting polls, and lets the image know. One sample per tag in order;
   * Bad_NotConnected where there is no connection, Bad_Timeout where the device did not answer. Where a
   * device can only be heard, what it said since `sinceMs` (monotonic) counts; Bad_NoData before that.
   */
  readNow(tags: readonly Tag[], sinceMs: number, lane: WriteLane = "normal"): Promise<readonly Sample[]> {
    return this.#reads.read(tags, sinceMs, lane);
  }

  /** Writes the raw value once. `notAfterMs` is monotonic; `withdrawn` takes it back while it waits. Never throws. */
  async write(tag: Tag, raw: Value, lane: WriteLane, notAfterMs: number, withdrawn?: Withdrawn): Promise<WriteResult> {
    const channel = this.#channelOf(tag.device);
    const point = this.#points[tag.handle];
    if (!channel || !point) return notSent("not-connected", `${tag.device} is not connected`);
    if (!channel.write) return notSent("not-supported", `${tag.device} cannot be written`);
    const write = channel.write.bind(channel);
    return this.#once(tag.device, () => write({ device: tag.device, point, value: raw, notAfterMs, lane, withdrawn }));
  }

  /** Calls a method once, as `write`. `method` is as the driver's own schema gives it. Never throws. */
  async call(
    device: string,
    method: unknown,
    given: readonly CallArgument[],
    lane: WriteLane,
    notAfterMs: number,
    withdrawn?: Withdrawn,
  ): Promise<CallResult> {
    const channel = this.#channelOf(device);
    if (!channel) return notSent("not-connected", `${device} is not connected`);
    if (!channel.call) return notSent("not-supported", `${device} has no methods that can be called`);
    const call = channel.call.bind(channel);
    return this.#once(device, () => call({ device, method, arguments: given, notAfterMs, lane, withdrawn }));
  }

  async browse(device: string, path: string, signal: AbortSignal): ReturnType<NonNullable<Channel["browse"]>> {
    return (await this.#channelOf(device)?.browse?.(device, path, signal)) ?? [];
  }

  /** Closes the connection of a device, if it has one, and opens it anew; one that waits for its next try tries now. */
  again(device: string, reason: string): void {
    this.#byDevice.get(device)?.again(reason);
  }

  status(id: string): DeviceStatus | undefined {
    const device = this.#settings.plant.devices.find((each) => each.id === id);
    const link = this.#byDevice.get(id);
    if (!device || !link) return undefined;
    const aliveAt = this.#aliveAt.get(id);
    const silent = this.#silentFor(device);
    const diagnosis = () => this.#diagnosis(device, link, silent);
    return {
      id,
      name: device.name,
      driver: device.driver,
      intervalMs: device.intervalMs,
      tags: this.#groups.get(id)?.reduce((sum, group) => sum + group.points.length, 0) ?? 0,
      state: link.state === "connected" && silent ? "lost" : link.state,
      since: link.since,
      ageMs: aliveAt === undefined ? undefined : this.#settings.clock.monotonicMs() - aliveAt,
      error: link.error ?? (silent ? "connected, but the device does not answer" : undefined),
      lastError: link.lastError,
      requestsPerS: link.requestsPerS,
      nextRetryMs: link.nextRetryMs,
      reconnects: link.reconnects,
      thread: this.#settings.thread?.(device),
      // Sums up every round trip, and most who ask want the state alone.
      get statistics() {
        return link.statistics();
      },
      get diagnosis() {
        return diagnosis();
      },
    };
  }

  offered({ handle }: Tag): PointFacts | undefined {
    return this.#offers.of(handle);
  }

  all(): readonly DeviceStatus[] {
    return this.#settings.plant.devices.flatMap((device) => this.status(device.id) ?? []);
  }

  /** A driver that throws where it must not has perhaps sent: nobody knows (R5). */
  async #once<R>(device: string, send: () => Promise<R>): Promise<R | Extract<WriteResult, { outcome: "unknown" }>> {
    const sentAtMs = this.#settings.clock.monotonicMs();
    try {
      return await send();
    } catch (error) {
      this.#settings.log.error({ device, err: error }, "a driver threw instead of saying how a write ended");
      return { outcome: "unknown", sentAtMs, detail: `the driver failed: ${String(error)}` };
    }
  }

  #diagnosis(device: Device, link: Link, isSilent: boolean): Diagnosis {
    const handles = this.#groups.get(device.id)?.flatMap(({ points }) => points.map(({ handle }) => handle)) ?? [];
    return diagnose({
      ...{ state: link.state, isSilent, losses: link.losses(lossWindowMs) },
      tags: countTags(handles.map((handle) => this.#settings.image.status(handle))),
    });
  }

  /** The open connection of a device, or undefined while there is none. */
  #channelOf(device: string): Channel | undefined {
    return this.#byDevice.get(device)?.channel;
  }

  #silentFor(device: Device): boolean {
    const aliveAt = this.#aliveAt.get(device.id);
    if ((this.#silent.get(device.id) ?? 0) === 0) return false;
    return aliveAt === undefined || this.#settings.clock.monotonicMs() - aliveAt > staleFactor * device.intervalMs;
  }

  #answered(device: string): void {
    this.#aliveAt.set(device, this.#settings.clock.monotonicMs());
    this.#silent.set(device, 0);
    this.#byDevice.get(device)?.proven();
  }

  #groupsOf(device: Device): PollGroup[] {
    const tags = this.#settings.plant.tags.filter((tag) => tag.device === device.id);
    return [...Map.groupBy(tags, (tag) => tag.intervalMs)].map(([intervalMs, members]) => ({
      device: device.id,
      intervalMs,
      points: members.flatMap((tag) => this.#points[tag.handle] ?? []),
    }));
  }

  #addLink(id: string, devices: readonly Device[]): void {
    const { clock, timers, log, drivers, folder, random } = this.#settings;
    const driver = (devices[0] as Device).driver;
    const module = drivers.get(driver);
    if (!module) throw new Error(`no driver is called ${driver}`);
    const link = new Link({
      id,
      devices: devices.map(({ id: name, settings, intervalMs }) => ({ id: name, settings, intervalMs })),
      folder: folder(driver),
      module,
      clock,
      timers,
      log,
      random: random ?? Math.random,
      onConnected: (channel, signal, lost) => this.#connected(channel, devices, signal, lost),
      onLost: () => this.#lost(devices),
    });
    this.#links.set(id, link);
    for (const device of devices) this.#byDevice.set(device.id, link);
  }

  #connected(channel: Channel, devices: readonly Device[], signal: AbortSignal, lost: (error: Error) => void): void {
    for (const device of devices) {
      const groups = this.#groups.get(device.id) ?? [];
      if (channel.subscribe) this.#subscribe(channel, device, groups, signal, lost);
      else this.#poll(channel, groups, signal);
    }
  }

  #poll(channel: Channel, groups: readonly PollGroup[], signal: AbortSignal): void {
    const { clock, timers, log } = this.#settings;
    groups.forEach((group, n) => {
      pollGroup(channel, group, (n * 7) % group.intervalMs, signal, {
        clock,
        timers,
        log,
        intake: this.#intake,
        onAnswer: (device) => this.#answered(device),
        onSilence: (device) => this.#silent.set(device, (this.#silent.get(device) ?? 0) + 1),
      });
    });
  }

  /** Where nothing can be subscribed the connection is worth nothing, whatever it looks like. */
  #subscribe(
    channel: Channel,
    device: Device,
    groups: readonly PollGroup[],
    signal: AbortSignal,
    lost: (error: Error) => void,
  ): void {
    const points = groups.flatMap((group) => group.points);
    const handles = points.map((point) => point.handle);
    const subscribed = channel.subscribe?.(
      device.id,
      points,
      {
        // What a connection that is gone still brings must not make its values believed again.
        readings: (id, rows, readings) => {
          if (signal.aborted) return;
          if (this.#intake.take(rows, readings) > 0) this.#answered(id);
        },
        alive: (id, some) => {
          if (signal.aborted) return;
          this.#intake.alive(some ?? handles);
          this.#answered(id);
        },
      },
      signal,
    );
    const described = subscribed?.then(() => this.#offers.ask(channel, device.id, points, signal));
    described?.catch((error) => {
      if (signal.aborted) return;
      this.#settings.log.warn({ device: device.id, err: error }, "subscribing failed");
      lost(error instanceof Error ? error : new Error(String(error)));
    });
  }

  /** A connection that is known to be gone needs no waiting: its values are no longer confirmed. */
  #lost(devices: readonly Device[]): void {
    const gone = new Set(devices.map((device) => device.id));
    const tags = this.#settings.plant.tags.filter((tag) => gone.has(tag.device));
    this.#intake.markLost(tags.map((tag) => tag.handle));
  }
}

function notSent(reason: "not-connected" | "not-supported", detail: string) {
  return { outcome: "not-sent", reason, detail } as const;
}

function toPoint(tag: Tag): Point {
  return { handle: tag.handle, address: tag.address, type: tag.type, writable: tag.writable !== undefined };
}

function channelsOf(devices: readonly Device[]): Map<string, Device[]> {
  return Map.groupBy(devices, (device) => device.channel);
}
