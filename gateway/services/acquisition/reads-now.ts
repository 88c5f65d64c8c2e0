import type { Clock } from "../../core/clock.ts";
import type { Channel, Point, Reading, WriteLane } from "../../core/driver-port.ts";
import type { Log } from "../../core/log.ts";
import type { Tag } from "../../core/plant.ts";
import type { Sample } from "../../core/sample.ts";
import { Status } from "../../core/status.ts";
import type { Image } from "../image.ts";
import type { Intake } from "./intake.ts";

export interface ReadsSettings {
  /** By tag handle. */
  readonly points: readonly Point[];
  readonly image: Image;
  readonly intake: Intake;
  readonly clock: Clock;
  readonly log: Log;
  /** The open connection of a device. */
  readonly channelOf: (device: string) => Channel | undefined;
  /** A device answered with a value. */
  readonly onAnswer: (device: string) => void;
}

const verifyTimeoutMs = 3000;

/** Reads because somebody waits for them: a command that is verified, a permit. */
export class ReadsNow {
  readonly #settings: ReadsSettings;

  constructor(settings: ReadsSettings) {
    this.#settings = settings;
  }

  /** As `Acquisition.readNow`. */
  async read(tags: readonly Tag[], sinceMs: number, lane: WriteLane): Promise<readonly Sample[]> {
    const readings = await this.#readFromDevices(
      tags.filter((tag) => this.#canRead(tag.device)),
      lane,
    );
    return tags.map((tag) => readings.get(tag.handle) ?? this.#heardSince(tag, sinceMs));
  }

  /** Whether the device can be asked for a value, rather than only heard. */
  #canRead(device: string): boolean {
    return this.#settings.channelOf(device)?.read !== undefined;
  }

  #heardSince(tag: Tag, sinceMs: number): Sample {
    const { image, clock, channelOf } = this.#settings;
    const now = clock.wallMs();
    if (this.#canRead(tag.device) || !channelOf(tag.device)) {
      return { value: null, status: Status.Bad_NotConnected, sourceTime: now, serverTime: now };
    }
    const heard = clock.monotonicMs() - image.confirmedAgeMs(tag.handle) >= sinceMs;
    const sample = heard ? image.sample(tag.handle) : undefined;
    return sample ?? { value: null, status: Status.Bad_NoData, sourceTime: now, serverTime: now };
  }

  async #readFromDevices(tags: readonly Tag[], lane: WriteLane): Promise<ReadonlyMap<number, Sample>> {
    const { intake, clock } = this.#settings;
    const found = new Map<number, Sample>();
    await Promise.all(
      [...Map.groupBy(tags, (tag) => tag.device)].map(async ([device, wanted]) => {
        const readings = await this.#readDevice(device, wanted, lane);
        const now = clock.wallMs();
        wanted.forEach((tag, i) => {
          const reading = readings[i];
          if (reading) found.set(tag.handle, intake.toSample(tag, reading, now));
        });
      }),
    );
    return found;
  }

  async #readDevice(device: string, tags: readonly Tag[], lane: WriteLane): Promise<readonly Reading[]> {
    const { points, intake, log, channelOf, onAnswer } = this.#settings;
    const channel = channelOf(device);
    if (!channel?.read) return [];
    const wanted = tags.flatMap((tag) => points[tag.handle] ?? []);
    const handles = wanted.map(({ handle }) => handle);
    try {
      const ahead = lane === "stop" ? "stop" : "verify";
      const readings = await channel.read(device, wanted, AbortSignal.timeout(verifyTimeoutMs), ahead);
      if (intake.take(handles, readings) > 0) onAnswer(device);
      return readings;
    } catch (error) {
      log.debug({ device, err: error }, "read failed");
      return [];
    }
  }
}
