import { z } from "zod";
import { duration } from "../../kit/duration.ts";
import { pointer } from "./pointer.ts";
import { Timestamp } from "./timestamps.ts";
import { Topics } from "./topics.ts";

/** A topic that messages are sent to: no wildcard, no NUL (MQTT-4.7.1, MQTT-4.7.3). */
const topicName = z
  .string()
  .min(1)
  .max(1024)
  .refine((topic) => !/[+#\0]/.test(topic), { error: "one topic without + and #" });

const Session = z
  .strictObject({
    expiry: duration(1000, 30 * 86_400_000)
      .prefault("1h")
      .describe("How long the broker keeps it (version 5; with 3.1.1 the broker's own configuration says)."),
    marker: topicName
      .optional()
      .describe(
        "Where the gateway tells itself that what was kept is over; `plancia/<client id>/session` where not given. It must be allowed to publish and to subscribe there.",
      ),
  })
  .describe(
    "The broker keeps messages of QoS 1 while the gateway is away. They come late: Uncertain, with their own time where they carry one, no sign of life. Needs `clientId`.",
  );

const Will = z
  .strictObject({
    topic: topicName,
    online: z.string().max(200).default("online").describe("Published once connected."),
    offline: z.string().max(200).default("offline").describe("Published by the broker when the gateway is gone."),
    retain: z.boolean().default(true).describe("Whether those who come later are told too."),
    qos: z.union([z.literal(0), z.literal(1)]).default(1),
  })
  .describe("The gateway's own last will, for others to see whether it is there.");

const settings = z.strictObject({
  url: z
    .string()
    .max(500)
    .regex(/^mqtts?:\/\/[^/@\s]+$/, { error: 'an address such as "mqtt://host:1883" or "mqtts://host:8883"' })
    .describe("The broker; mqtts is TLS. User and password have keys of their own."),
  version: z
    .enum(["3.1.1", "5"])
    .default("3.1.1")
    .describe("Protocol version. What the broker does not speak is an error, not a silent step down."),
  user: z.string().max(200).optional(),
  password: z
    .string()
    .max(1000)
    .optional()
    .describe("Best sealed (`plancia seal`), or as a reference to the environment or to a file."),
  clientId: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .describe("By default `plancia-` and the gateway's own random part. Two clients with one id throw each other out."),
  ca: z
    .string()
    .max(10_000)
    .optional()
    .describe("PEM of the authority that signed the broker's certificate, usually a reference to a file."),
  cert: z.string().max(10_000).optional().describe("PEM of the client certificate, where the broker asks for one."),
  key: z.string().max(10_000).optional().describe("PEM of its key, as a reference to a file."),
  passphrase: z.string().max(1000).optional().describe("Of the key, where it is encrypted."),
  serverName: z
    .string()
    .max(253)
    .optional()
    .describe("Name that the certificate must carry, where it is not the host."),
  keepalive: duration(1000, 3_600_000).prefault("15s").describe("A broker silent for 1.5 times as long is lost."),
  connectTimeout: duration(100, 60_000).prefault("5s"),
  maxPayload: z
    .int()
    .min(64)
    .max(4_194_304)
    .default(262_144)
    .describe("Larger messages are dropped and counted, bytes."),
  availability: z
    .strictObject({
      topic: topicName,
      offline: z
        .string()
        .max(200)
        .default("offline")
        .describe("The payload, usually a last will, that says the device is gone."),
    })
    .optional()
    .describe("Where the device, or the broker for it, says that it is gone."),
  will: Will.optional(),
  session: Session.optional(),
  topics: z
    .array(Topics)
    .min(1)
    .max(100)
    .optional()
    .describe("Where the topics follow a rule: tags of this device then need no address."),
});

export const MqttSettings = settings
  .refine(({ cert, key }) => (cert === undefined) === (key === undefined), {
    error: "cert and key go together",
    path: ["cert"],
  })
  .refine(({ key, passphrase }) => passphrase === undefined || key !== undefined, {
    error: "is of a key, and there is none",
    path: ["passphrase"],
  })
  .refine(({ url, ca, cert, serverName }) => url.startsWith("mqtts:") || (ca ?? cert ?? serverName) === undefined, {
    error: 'certificates need TLS: an address such as "mqtts://host:8883"',
    path: ["url"],
  })
  .refine(({ session, clientId }) => session === undefined || clientId !== undefined, {
    error: "a session that is kept needs `clientId`, which no other client of the broker has",
    path: ["session"],
  });
export type MqttSettings = z.output<typeof MqttSettings>;

const Part = z.strictObject({
  topic: topicName,
  path: pointer.optional().describe("Where the value stands in a JSON payload; without it the payload is the value."),
});

export const MqttAddress = z.strictObject({
  topic: topicName,
  path: pointer
    .optional()
    .describe("JSON pointer (RFC 6901) to the value; without it the payload is the value as text."),
  qos: z.union([z.literal(0), z.literal(1)]).default(0),
  decimal: z.enum([".", ","]).default(".").describe("Decimal sign of numbers written as text."),
  timestamp: Timestamp.optional().describe("Where the device says when the value came to be."),
  write: Part.optional().describe("Where a new value is published; with a path as a JSON object, else as text."),
  acknowledge: Part.optional().describe("Where the device answers a write by repeating the value."),
  acknowledgeWithin: duration(50, 60_000).prefault("3s"),
});
export type MqttAddress = z.output<typeof MqttAddress>;

export const MqttAddressPart = MqttAddress.extend({
  topic: topicName.optional().describe("Needed where no filter of the device's `topics` gives it."),
});
