import { describe, expect, it } from "vitest";
import type { Channel, ChannelContext, DriverModule } from "../../core/driver-port.ts";
import { silentLog } from "../../core/log.ts";
import { ManualTime } from "../../kit/testing/manual-time.ts";
import { Link } from "./link.ts";

it("is not believed when what it stands on was judged otherwise while it was being opened", async () => {
  const time = new ManualTime();
  const opened: (() => void)[] = [];
  let connected = 0;
  let closed = 0;
  const module: DriverModule = {
    createChannel: () => ({
      connect: () => new Promise<void>((resolve) => opened.push(resolve)),
      close: async () => void closed++,
      read: async () => [],
      write: async () => ({ outcome: "written", sentAtMs: 0 }),
      statistics: () => ({ requests: 0, failures: 0, bytesIn: 0, bytesOut: 0 }),
    }),
  };
  const link = new Link({
    ...{ id: "press", devices: [], folder: "", module: async () => module, log: silentLog, random: () => 1 },
    ...{ clock: time, timers: time, onConnected: () => void connected++, onLost: () => undefined },
  });
  link.start();
  await expect.poll(() => opened.length).toBe(1);
  link.again("its certificate is rejected now");
  opened[0]?.();
  await expect.poll(() => link.nextRetryMs).toBeDefined();
  expect({ connected, closed, state: link.state, error: link.error }).toEqual({
    ...{ connected: 0, closed: 1, state: "lost", error: "its certificate is rejected now" },
  });
  // Tried again at once, however long the waits have grown.
  expect(link.nextRetryMs).toBe(0);
  await time.advance(0);
  await expect.poll(() => opened.length).toBe(2);
  opened[1]?.();
  await expect.poll(() => link.state).toBe("connected");
  expect(connected).toBe(1);
  await link.stop();
});

/** A link to a driver whose first channel is like this; those after it are in order. */
function linkTo(first: (context: ChannelContext) => Partial<Channel>) {
  const time = new ManualTime();
  const seen = { made: 0, connected: 0, lost: 0, closed: 0 };
  const good: Channel = {
    connect: async () => undefined,
    close: async () => void seen.closed++,
    read: async () => [],
    write: async () => ({ outcome: "written", sentAtMs: 0 }),
    statistics: () => ({ requests: 0, failures: 0, bytesIn: 0, bytesOut: 0 }),
  };
  const module: DriverModule = {
    createChannel: (_devices, context) => (seen.made++ === 0 ? { ...good, ...first(context) } : good),
  };
  const link = new Link({
    ...{ id: "press", devices: [], folder: "", module: async () => module, log: silentLog, random: () => 1 },
    ...{ clock: time, timers: time, onConnected: () => void seen.connected++, onLost: () => void seen.lost++ },
  });
  return { link, time, seen };
}

const never = () => new Promise<never>(() => undefined);
const fails = () => Promise.reject(new Error("a fault of the driver"));
const throws = () => {
  throw new Error("a fault of the driver");
};

describe("a driver that does what it must not costs a connection, and a new one is made", () => {
  it.each<[string, (context: ChannelContext) => Partial<Channel>]>([
    ["throws when a channel is made", throws],
    [
      "is lost before its channel is made",
      (context) => {
        context.lost(new Error("gone at once"));
        return {};
      },
    ],
    ["throws when it connects", () => ({ connect: throws })],
    ["fails to connect and to close", () => ({ connect: fails, close: fails })],
    ["fails to connect and throws when it closes", () => ({ connect: fails, close: throws })],
    ["fails to connect and never closes", () => ({ connect: fails, close: never })],
    ["never connects and heeds no signal", () => ({ connect: never })],
    ["never connects, and never closes", () => ({ connect: never, close: never })],
  ])("%s", async (_, first) => {
    const { link, time, seen } = linkTo(first);
    link.start();
    await expect
      .poll(async () => {
        await time.advance(1_000);
        return link.state;
      })
      .toBe("connected");
    expect(seen).toMatchObject({ made: 2, connected: 1 });
    await link.stop();
    expect(link.state).toBe("off");
  });

  it.each<[string, Partial<Channel>]>([
    ["fails to close", { close: fails }],
    ["throws when it closes", { close: throws }],
    ["never closes", { close: never }],
  ])("also where one that was connected %s", async (_, faulty) => {
    let lose: (error: Error) => void = () => undefined;
    const { link, time, seen } = linkTo((context) => {
      lose = context.lost;
      return faulty;
    });
    link.start();
    await expect.poll(() => link.state).toBe("connected");
    lose(new Error("cut"));
    expect(link.state).toBe("lost");
    await expect
      .poll(async () => {
        await time.advance(1_000);
        return link.state;
      })
      .toBe("connected");
    expect(seen).toMatchObject({ made: 2, connected: 2, lost: 1 });
    await link.stop();
  });

  it.each<[string, Partial<Channel>]>([
    ["fails", { close: fails }],
    ["throws", { close: throws }],
    ["never ends", { close: never }],
  ])("and keeps nobody from stopping where closing %s", async (_, faulty) => {
    const { link, time } = linkTo(() => faulty);
    link.start();
    await expect.poll(() => link.state).toBe("connected");
    const stopped = link.stop();
    await time.advance(5_000);
    await stopped;
    expect(link.state).toBe("off");
  });

  it("and stops while it never connects", async () => {
    const { link, time } = linkTo(() => ({ connect: never, close: never }));
    link.start();
    await time.advance(100);
    const stopped = link.stop();
    await time.advance(5_000);
    await stopped;
    expect(link.state).toBe("off");
  });

  it("and where it cannot tell its statistics there are none", async () => {
    const { link } = linkTo(() => ({ statistics: throws }));
    link.start();
    await expect.poll(() => link.state).toBe("connected");
    expect(link.statistics()).toBeUndefined();
    await link.stop();
  });
});
