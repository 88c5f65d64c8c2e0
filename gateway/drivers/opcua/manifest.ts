import { createHash } from "node:crypto";
import { type DataType, isNumeric } from "../../core/value.ts";
import { defineDriver } from "../../kit/driver-manifest.ts";
import { OpcuaAddress, OpcuaLock, OpcuaMethod } from "./address.ts";
import { OpcuaSettings } from "./settings.ts";

export const opcua = defineDriver({
  name: "opcua",
  title: "OPC UA",
  summary:
    "Variables of an OPC UA server by subscription, read where it has none for us, signed and encrypted, with a trust list; writes, methods, locks, browsing.",
  settings: OpcuaSettings,
  address: OpcuaAddress,
  method: OpcuaMethod,
  lock: OpcuaLock,
  capabilities: { read: true, subscribe: true, write: true, call: true, lock: true, browse: true },
  defaultIntervalMs: 100,
  secrets: ["password", "userKey"],
  tuning: ["timeout", "keepAlive", "sessionTimeout", "channelLifetime", "queue"],
  channelKey: ({ endpoint, security, user, userCertificate }) => {
    const safe = security.mode === "None" ? "None" : `${security.mode} ${security.policy}`;
    // Whose certificate is taken is judged once for a channel: who asks for less shares none with who does not.
    const looser = `${security.checkHost ? "" : " any host"}${security.revocation === "required" ? "" : " revocation if known"}`;
    return `${endpoint} ${safe}${security.mode === "None" ? "" : looser} ${user ?? (userCertificate ? `(certificate ${shortHash(userCertificate)})` : "(anonymous)")}`;
  },
  checkTag: (_settings, { type, address, writable }) => {
    if (writable && type === "dateTime") return "a dateTime cannot be written";
    if (writable && typeof address === "object" && address.path !== undefined)
      return "a field of a structure cannot be written: a whole structure would have to be, over what others change in it";
    if (typeof address === "object" && address.deadband !== undefined) {
      if (!isNumeric(type as DataType)) return "a dead band needs a number";
      if (address.path !== undefined) return "a dead band cannot be asked for on a field of a structure";
    }
    return undefined;
  },
  // The subscription's keep-alive, not the publishing interval, is what an unchanged value is confirmed by.
  aliveEveryMs: (settings, intervalMs) => Math.max(settings.keepAlive, intervalMs),
  certificates: async () => (await import("./pki/desk.ts")).certificateDesk,
  load: () => import("./driver.ts"),
  code: new URL("./driver.ts", import.meta.url),
});

/** Enough to tell two certificates of one plant apart. */
function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}
