import type { Channel, DeviceLocks, LockResult } from "../../core/driver-port.ts";

/** The locks of all devices (R40), each through the connection that is open now. */
export function openLocks(channelOf: (device: string) => Channel | undefined): DeviceLocks {
  const at = (device: string, ask: (locks: DeviceLocks) => Promise<LockResult>): Promise<LockResult> => {
    const channel = channelOf(device);
    if (!channel) return answer("refused", `${device} is not connected`);
    return channel.locks ? ask(channel.locks) : answer("unsupported", `${device} speaks a protocol without locks`);
  };
  return {
    lock: (device, address, signal) => at(device, (locks) => locks.lock(device, address, signal)),
    renew: (device, address, signal) => at(device, (locks) => locks.renew(device, address, signal)),
    unlock: (device, address, signal) => at(device, (locks) => locks.unlock(device, address, signal)),
  };
}

function answer(outcome: "refused" | "unsupported", detail: string): Promise<LockResult> {
  return Promise.resolve({ outcome, detail });
}
