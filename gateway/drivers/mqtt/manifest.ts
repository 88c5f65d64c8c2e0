import { defineDriver } from "../../kit/driver-manifest.ts";
import { expandAddresses } from "./expansion.ts";
import { MqttAddress, MqttAddressPart, MqttSettings } from "./settings.ts";

export const mqtt = defineDriver({
  name: "mqtt",
  title: "MQTT",
  summary: "Values out of messages on a broker, as JSON or text; writes by publishing, with an acknowledge topic.",
  settings: MqttSettings,
  address: MqttAddress,
  capabilities: { read: false, subscribe: true, write: true, call: false, lock: false, browse: false },
  defaultIntervalMs: 10_000,
  secrets: ["password", "key", "passphrase"],
  tuning: ["keepalive", "connectTimeout", "maxPayload"],
  // Each device has a client of its own: another user, another will, another set of topics.
  channelKey: ({ url, clientId, user, availability, will, session, topics = [] }) =>
    [
      url,
      clientId,
      user,
      availability && `${availability.topic}=${availability.offline}`,
      will?.topic,
      session?.marker,
      ...topics.map(({ filter }) => filter),
    ]
      .filter(Boolean)
      .join(" "),
  expandAddresses,
  addressPart: MqttAddressPart,
  checkTag(settings, { type, address, writable }) {
    if (type === "byteString" || type === "dateTime") return `type ${type} cannot be taken from a message; use string`;
    if (writable && !address.write) return "writable needs `write: { topic: … }` in the address";
    if (address.write && [settings.will?.topic, settings.availability?.topic].includes(address.write.topic))
      return `${address.write.topic} tells who is there and takes no values`;
    if (address.acknowledge && !address.write) return "acknowledge needs `write`";
    return undefined;
  },
  load: () => import("./driver.ts"),
  code: new URL("./driver.ts", import.meta.url),
});
