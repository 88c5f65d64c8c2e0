import { describe, expect, it } from "vitest";
import type { Channel, ChannelContext, Point, Reading } from "../core/driver-port.ts";
import { PlanciaError } from "../core/errors.ts";
import { silentLog } from "../core/log.ts";
import type { Device, Plant, Tag } from "../core/plant.ts";
import { Status } from "../core/status.ts";
import { compile } from "../expressions/compile.ts";
import { ManualTime } from "../kit/testing/manual-time.ts";
import { DirectDevices } from "./direct-devices.ts";

const devices = ["a", "b", "c"].map((id) => ({ id, driver: "paper", channel: id === "c" ? "2" : "1" }) as Device);

function tag(handle: number, device: string): Tag {
  return { handle, name: `m/${device}${handle}`, device, type: "int16", scale: 0.1, offset: 0, unit: "K" } as Tag;
}

interface Paper {
  readonly read?: (device: string, points: readonly Point[]) => Promise<readonly Reading[]>;
  readonly connect?: (channel: string) => Promise<void>;
  readonly hear?: (handles: readonly number[], say: (handles: number[], readings: Reading[]) => void) => void;
}

/** A driver whose devices are functions; notes what was opened and closed. */
function bench(paper: Paper, tags: readonly Tag[] = []) {
  const calls: string[] = [];
  const time = new ManualTime();
  let context: ChannelContext | undefined;
  const { read, hear } = paper;
  const direct = new DirectDevices({
    plant: { devices, tags } as unknown as Plant,
    compile,
    folder: (driver) => `folder/${driver}`,
    load: async () => ({
      createChannel(specs, given): Channel {
        context = given;
        const name = specs.map(({ id }) => id).join("+");
        return {
          async connect() {
            calls.push(`connect ${name}`);
            await paper.connect?.(name);
          },
          async close() {
            calls.push(`close ${name}`);
          },
          statistics: () => ({ requests: 0, failures: 0, bytesIn: 0, bytesOut: 0 }),
          ...(read ? { read: (device: string, points: readonly Point[]) => read(device, points) } : {}),
          async subscribe(device, points, sink) {
            const say = (handles: number[], readings: Reading[]) => sink.readings(device, handles, readings);
            hear?.(
              points.map(({ handle }) => handle),
              say,
            );
          },
        };
      },
    }),
    ...{ clock: time, timers: time, log: silentLog },
  });
  return { direct, calls, time, lose: (error: Error) => context?.lost(error) };
}

const good = (value: number): Reading => ({ value, status: 0, sourceTime: 1000 });

describe("devices without a gateway", () => {
  it("are read in order, scaled, over one connection for each channel, closed again", async () => {
    const { direct, calls } = bench({ read: async (_, points) => points.map(({ handle }) => good(handle * 10)) });
    const values = await direct.read([tag(1, "c"), tag(2, "a"), tag(3, "b"), tag(4, "a")]);
    expect(values.map(({ tag: name, value }) => [name, value])).toEqual([
      ["m/c1", 1],
      ["m/a2", 2],
      ["m/b3", 3],
      ["m/a4", 4],
    ]);
    expect(values[0]).toMatchObject({ unit: "K", status: 0, sourceTime: "1970-01-01T00:00:01.000Z" });
    expect(calls).toEqual(["connect c", "close c", "connect a+b", "close a+b"]);
  });

  it("that are not there give Bad values beside those of the others", async () => {
    const connect = async (name: string): Promise<void> => {
      if (name === "c") throw new PlanciaError("device/connection-lost", "nobody listens");
    };
    const { direct, calls } = bench({ connect, read: async (_, points) => points.map(() => good(5)) });
    const values = await direct.read([tag(1, "c"), tag(2, "a")]);
    expect(values.map(({ value, status }) => [value, status])).toEqual([
      [null, Status.Bad_NoCommunication],
      [0.5, 0],
    ]);
    expect(calls).toContain("close c");
  });

  it("are asked for what a derived tag stands on, and what is counted is left to a gateway", async () => {
    const from = { ...tag(0, "a"), equipment: "m", id: "a0" };
    const derived = { over: undefined, inputs: ["m/a0"], roots: ["m/a0"] };
    const own = { ...from, device: "", type: "double", scale: 1, unit: "K" } as const;
    const twice: Tag = { ...own, handle: 1, name: "m/twice", derived: { ...derived, expression: "a0 * 2.0" } };
    const over = { function: "maximum", each: "day", timeUnitMs: 1, rollOver: undefined, percentGood: 99 } as const;
    const most: Tag = { ...own, handle: 2, name: "m/most", derived: { ...derived, expression: "a0", over } };
    const read = async (_: string, points: readonly Point[]) => points.map(() => good(5));
    const values = await bench({ read }, [from, twice, most]).direct.read([twice, most]);
    expect(values.map(({ value, status, sourceTime }) => [value, status, sourceTime])).toEqual([
      [1, 0, "1970-01-01T00:00:01.000Z"],
      [null, Status.Bad_NoData, expect.any(String)],
    ]);
  });

  it("say why where none of them is there", async () => {
    const connect = async (): Promise<void> => {
      throw new PlanciaError("device/untrusted", "trust it first");
    };
    await expect(bench({ connect }).direct.read([tag(1, "c")])).rejects.toThrow("c: trust it first");
  });

  it("that only speak are listened to until all has been said", async () => {
    const { direct } = bench({
      hear: (handles, say) =>
        say(
          [...handles],
          handles.map((n) => good(n)),
        ),
    });
    expect((await direct.read([tag(1, "a"), tag(2, "a")])).map(({ value }) => value)).toEqual([0.1, 0.2]);
  });

  it("that stay silent are not waited for longer than a few seconds", async () => {
    const subscribed = Promise.withResolvers<void>();
    const { direct, time } = bench({ hear: () => subscribed.resolve() });
    const reading = direct.read([tag(1, "a")]);
    await subscribed.promise;
    await time.advance(5_000);
    expect(await reading).toMatchObject([{ value: null, status: Status.Bad_NoCommunication }]);
  });

  it("whose connection breaks meanwhile end the waiting", async () => {
    const begun = Promise.withResolvers<void>();
    const { direct, calls, lose } = bench({
      read() {
        begun.resolve();
        return new Promise(() => undefined);
      },
    });
    const reading = direct.read([tag(1, "a")]);
    await begun.promise;
    lose(new PlanciaError("device/connection-lost", "cable pulled"));
    await expect(reading).rejects.toThrow("cable pulled");
    expect(calls).toEqual(["connect a", "close a"]);
  });

  it("without a list of what they hold are not browsed", async () => {
    const [device] = devices as [Device];
    await expect(bench({}).direct.browse(device, "")).rejects.toMatchObject({ code: "request/invalid" });
  });
});
