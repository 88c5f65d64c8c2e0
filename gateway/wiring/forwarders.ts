import { join } from "node:path";
import type { Clock, Timers } from "../core/clock.ts";
import type { Forwarder, HistoryFeeds } from "../core/history-port.ts";
import type { Log } from "../core/log.ts";
import type { Plant } from "../core/plant.ts";
import { outboundTo } from "../kit/outbound.ts";

interface ForwarderContext {
  readonly plant: Plant;
  readonly feeds: HistoryFeeds;
  readonly dataFolder: string;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

/** One for each target of the configuration, started; their code is loaded only where there is one. */
export async function startForwarders(context: ForwarderContext): Promise<readonly Forwarder[]> {
  const { plant, feeds, dataFolder, clock, timers, log } = context;
  const { targets } = plant.historian;
  if (targets.length === 0) return [];
  const { InfluxForwarder } = await import("../northbound/influx/forwarder.ts");
  const units = new Map(plant.tags.map((tag) => [tag.name, tag.unit]));
  const folder = join(dataFolder, "quarantine");
  const forwarders = targets.map(
    (target) =>
      new InfluxForwarder({
        target,
        outbound: outboundTo(target.url, plant.security.outbound?.allow ?? []),
        gateway: plant.gatewayId,
        unitOf: (tag) => units.get(tag),
        feed: feeds.feed(target.id),
        folder,
        clock,
        timers,
        log,
      }),
  );
  for (const forwarder of forwarders) forwarder.start();
  return forwarders;
}
