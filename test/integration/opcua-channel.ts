import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Channel, DeviceSpec, Point, Reading } from "../../gateway/core/driver-port.ts";
import { silentLog } from "../../gateway/core/log.ts";
import type { DataType } from "../../gateway/core/value.ts";
import { opcua } from "../../gateway/drivers/opcua/manifest.ts";
import { systemClock } from "../../gateway/kit/clock.ts";
import { CountedTimers } from "../conformance/counted-timers.ts";
import type { Peer } from "./opcua-peer.ts";

export const desk = await opcua.certificates?.().then((loaded) => loaded);

/** A fresh folder for the driver's own files, as the data folder would hold it. */
export async function driverFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "opcua-driver-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

export function point(handle: number, address: unknown, type: DataType, writable = false): Point {
  return { handle, address: opcua.address.parse(address), type, writable };
}

/** A channel to the peer with one device `plc`, and what it brought. */
export interface Bench extends AsyncDisposable {
  readonly channel: Channel;
  readonly timers: CountedTimers;
  readonly lost: Error[];
  readonly readings: Map<number, Reading[]>;
  alive(): number;
  last(handle: number): Reading | undefined;
}

export function deviceAt({ endpoint }: Pick<Peer, "endpoint">, settings: object = {}, intervalMs = 100): DeviceSpec {
  const wish = { endpoint, timeout: "2s", keepAlive: "500ms", ...settings };
  return { id: "plc", settings: opcua.settings.parse(wish), intervalMs };
}

export function openBench(
  peer: Pick<Peer, "endpoint">,
  folder: string,
  settings: object = {},
  intervalMs = 100,
): Promise<Bench> {
  return openBenchFor(deviceAt(peer, settings, intervalMs), folder);
}

/** The same device again is what acquisition does after a loss: the driver may take up what was left. */
export async function openBenchFor(device: DeviceSpec, folder: string): Promise<Bench> {
  const driver = await opcua.load();
  const timers = new CountedTimers();
  const lost: Error[] = [];
  const readings = new Map<number, Reading[]>();
  const context = { folder, log: silentLog, clock: systemClock, timers, lost: (error: Error) => lost.push(error) };
  const channel = driver.createChannel([device], context);
  await channel.connect(AbortSignal.timeout(10_000)).catch(async (error: unknown) => {
    await channel.close();
    throw Object.assign(error as Error, { timersLeft: timers.pending });
  });
  return {
    ...{ channel, timers, lost, readings },
    alive: () => aliveOf.get(channel) ?? 0,
    last: (handle) => readings.get(handle)?.at(-1),
    [Symbol.asyncDispose]: () => channel.close(),
  };
}

const aliveOf = new WeakMap<Channel, number>();

export async function subscribe(bench: Bench, points: readonly Point[]): Promise<void> {
  const sink = {
    readings(_device: string, handles: readonly number[], rows: readonly Reading[]) {
      handles.forEach((handle, i) => {
        const row = rows[i];
        if (row) bench.readings.set(handle, [...(bench.readings.get(handle) ?? []), row]);
      });
    },
    alive: () => void aliveOf.set(bench.channel, bench.alive() + 1),
  };
  await bench.channel.subscribe?.("plc", points, sink, new AbortController().signal);
}

/** Connects once so that the peer's certificate lands in quarantine, and trusts it as a person would. */
export async function trustPeer(peer: Pick<Peer, "endpoint">, folder: string): Promise<void> {
  await openBench(peer, folder).then(
    (bench) => bench[Symbol.asyncDispose](),
    () => desk?.trust(folder, "plc"),
  );
}
