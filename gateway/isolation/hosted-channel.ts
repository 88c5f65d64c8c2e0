import type { Channel, ChannelContext, DeviceSpec, DriverModule, ReadingSink } from "../core/driver-port.ts";
import { PlanciaError } from "../core/errors.ts";
import type { ChannelCall } from "./messages.ts";
import type { KnownObjects } from "./numbered.ts";
import { packReadings } from "./packed-readings.ts";

/** What a hosted channel needs of its thread. */
export interface HostedSettings {
  readonly module: DriverModule;
  readonly devices: KnownObjects<DeviceSpec>;
  readonly points: KnownObjects<ChannelPoint>;
  context(folder: string): ChannelContext;
  sink(call: number): ReadingSink;
  /** Whether the order of this call has been taken back, as the gateway knows it now. */
  isWithdrawn(call: number): boolean;
}

type ChannelPoint = Parameters<NonNullable<Channel["subscribe"]>>[1][number];

/** The real channel of a driver, in the driver's own thread. */
export class HostedChannel {
  readonly #settings: HostedSettings;
  #channel: Channel | undefined;

  constructor(settings: HostedSettings) {
    this.#settings = settings;
  }

  get channel(): Channel | undefined {
    return this.#channel;
  }

  /** What the driver answers, ready to cross. The driver is called before this returns, so that order is kept. */
  async run(id: number, call: ChannelCall, signal: AbortSignal): Promise<unknown> {
    switch (call.do) {
      case "connect": {
        const devices = call.devices.map(([number, device]) => this.#settings.devices.take(number, device));
        this.#channel = this.#settings.module.createChannel(devices, this.#settings.context(call.folder));
        return this.#channel.connect(signal);
      }
      case "close":
        return this.#channel?.close();
      case "read": {
        const points = this.#settings.points.all(call.points);
        const readings = await this.#part("read")(call.device, points, signal, call.lane);
        return packReadings(readings);
      }
      case "subscribe":
        return this.#part("subscribe")(
          call.device,
          this.#settings.points.all(call.points),
          this.#settings.sink(id),
          signal,
        );
      case "describe":
        return this.#open().describe?.(call.device, this.#settings.points.all(call.points), signal) ?? [];
      case "browse":
        return this.#part("browse")(call.device, call.path, signal);
      case "write": {
        const [point] = this.#settings.points.all(call.points);
        if (!point) throw new Error("a write without a point");
        const { device, value, notAfterMs, lane } = call;
        return this.#part("write")({ device, point, value, notAfterMs, lane, withdrawn: this.#withdrawn(id, call) });
      }
      case "call": {
        const { device, method, arguments: given, notAfterMs, lane } = call;
        const withdrawn = this.#withdrawn(id, call);
        return this.#part("call")({ device, method, arguments: given, notAfterMs, lane, withdrawn });
      }
      case "lock":
      case "renew":
      case "unlock": {
        const { locks } = this.#open();
        if (!locks) return { outcome: "unsupported", detail: `${call.device} speaks a protocol without locks` };
        return locks[call.do](call.device, call.address, signal);
      }
    }
  }

  /** Asked for each time that the driver looks, until it has been taken back. */
  #withdrawn(id: number, { asks }: { readonly asks: boolean }) {
    if (!asks) return undefined;
    const { isWithdrawn } = this.#settings;
    let isOver = false;
    return {
      get aborted() {
        isOver ||= isWithdrawn(id);
        return isOver;
      },
    };
  }

  #part<Name extends "read" | "subscribe" | "browse" | "write" | "call">(name: Name): NonNullable<Channel[Name]> {
    const channel = this.#open();
    const part = channel[name];
    if (!part) throw new Error(`this driver has no ${name}, and its manifest says that it has`);
    return part.bind(channel) as NonNullable<Channel[Name]>;
  }

  #open(): Channel {
    if (this.#channel) return this.#channel;
    throw new PlanciaError("device/connection-lost", "the channel is not connected");
  }
}
