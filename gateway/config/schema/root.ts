import { z } from "zod";
import { duration } from "../../kit/duration.ts";
import { Notice } from "./notice.ts";
import { Provider } from "./providers.ts";
import { Record } from "./record.ts";
import { Disk, RetentionGroup } from "./retention.ts";
import { Id, PlainId, Words } from "./scalars.ts";
import { Target } from "./targets.ts";

function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }) !== undefined;
  } catch {
    return false;
  }
}

/** `host:port`, or `[address]:port` for IPv6. */
export const Listen = z
  .string()
  .regex(/^(\[[0-9a-fA-F:.]{2,45}\]|[^\s:[\]]{1,253}):\d{1,5}$/, {
    error: 'an address and a port, such as "127.0.0.1:8080" or "[::1]:8080"',
    abort: true,
  })
  .transform((text) => {
    const colon = text.lastIndexOf(":");
    return { host: text.slice(0, colon).replace(/^\[|\]$/g, ""), port: Number(text.slice(colon + 1)) };
  })
  .refine(({ port }) => port <= 65_535, { error: "a port up to 65535" });

const Url = z.url({ protocol: /^https?$/, error: 'a URL such as "https://plancia.example"' });

const Tls = z
  .strictObject({
    mode: z
      .enum(["own", "files", "none"])
      .describe("`own` makes a private CA and certificate; `files` takes yours; `none` behind a proxy, said aloud."),
    cert: z.string().min(1).optional().describe("Certificate chain (PEM file), for `files`."),
    key: z.string().min(1).optional().describe("Private key (PEM file), for `files`."),
    names: z
      .array(z.string().regex(/^[0-9A-Za-z.:-]{1,253}$/, { error: "a host name or an address" }))
      .max(50)
      .optional()
      .describe("Further host names and addresses by which browsers reach it, for `own`."),
  })
  .refine((tls) => tls.mode === "own" || tls.names === undefined, { error: "names with mode: own only" })
  .refine((tls) => (tls.mode === "files") === (tls.cert !== undefined && tls.key !== undefined), {
    error: "cert and key with mode: files, and only then",
  });

export const Site = z.strictObject({
  id: PlainId,
  name: z.string().min(1).max(200).describe("What people read."),
  timezone: z
    .string()
    .refine(isZone, { error: 'a zone of the IANA list, such as "Europe/Rome"' })
    .default("UTC")
    .describe("For days, shifts, hours and bookings."),
  shifts: z
    .array(z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: 'a time of day such as "06:00"' }))
    .min(1)
    .max(12)
    .refine((begins) => new Set(begins).size === begins.length, { error: "each time once" })
    .optional()
    .describe("When each shift begins, by the wall of the site; the last one goes on until the first."),
  phone: z.string().min(1).max(40).optional().describe("Shown wherever somebody may have to call the hall."),
  notice: Notice.prefault({}).describe(
    "What people are told before they sign in: what is recorded, why, for how long, whom to ask. `{intervention}`, `{administration}` and `{sign-in}` stand for the days of security.audit.keep, `{contact}` for whom to ask. A changed text is shown to everybody again.",
  ),
});

/** Leaves nobody's address to be believed but that of a plant's own network at most. */
function isProxy(text: string): boolean {
  const [address = "", prefix, ...more] = text.split("/");
  const isFour = z.ipv4().safeParse(address).success;
  if (more.length > 0 || !(isFour || z.ipv6().safeParse(address).success)) return false;
  if (prefix === undefined) return true;
  const bits = /^\d{1,3}$/.test(prefix) ? Number(prefix) : -1;
  return isFour ? bits >= 8 && bits <= 32 : bits >= 16 && bits <= 128;
}

const ProxyAddress = z.string().refine(isProxy, {
  error: 'the address of a proxy, or its network, such as "10.0.0.2" or "172.30.77.0/24"; never everybody',
});

const OutboundAddress = z.string().refine(isProxy, {
  error: 'an address or a network, such as "127.0.0.1" or "169.254.7.0/24"',
});

const count = (least: number, most: number, usual: number) => z.int().min(least).max(most).default(usual);

/** S21. Stop requests are never counted for people (R10). */
const Limits = z.strictObject({
  requestsPerMinute: z
    .strictObject({
      address: count(60, 1_000_000, 3000).describe("Of one address (of IPv6: one /64)."),
      user: count(60, 1_000_000, 1500).describe("Of one person."),
      organisation: count(60, 1_000_000, 6000).describe("Of all people of one organisation together."),
    })
    .prefault({})
    .describe("Requests a minute; beyond that they are refused with 429, and counted in `/metrics`."),
  sockets: z
    .strictObject({
      all: count(10, 100_000, 1000).describe("In all."),
      user: count(1, 10_000, 50).describe("Of one person."),
      organisation: count(1, 100_000, 200).describe("Of all people of one organisation together."),
    })
    .prefault({})
    .describe("Open live connections."),
  queries: z
    .strictObject({
      user: count(1, 100, 6).describe("Of one person."),
      organisation: count(1, 100, 12).describe("Of all people of one organisation together."),
    })
    .prefault({})
    .describe("History queries on their way at once."),
});

export const Server = z.strictObject({
  listen: Listen.prefault("127.0.0.1:8080").describe("Where the dashboard and the API are. Port 0 takes a free one."),
  publicUrl: Url.optional().describe("How browsers reach it, where that differs."),
  origins: z.array(Url).max(50).default([]).describe("Further origins whose pages may open the live connection."),
  trustedProxies: z
    .array(ProxyAddress)
    .max(20)
    .default([])
    .describe("Proxies whose word about the caller's address is believed. From anybody else such headers are ignored."),
  proxyHeader: z
    .enum(["x-forwarded-for", "forwarded"])
    .default("x-forwarded-for")
    .describe("The one header of theirs that is read; they must set it themselves."),
  securityContact: z
    .string()
    .regex(/^(mailto:[^\s@]+@[^\s@]+|https:\/\/\S+)$/, {
      error: 'an address such as "mailto:security@example.com" or "https://example.com/security"',
    })
    .max(200)
    .optional()
    .describe("Whom to tell of a weakness; shown at `/.well-known/security.txt` (RFC 9116)."),
  limits: Limits.prefault({}).describe("What one address, person or organisation may take."),
  tls: Tls.optional().describe("Needed as soon as it listens beyond this computer."),
});

const kept = (what: string, default_: string) =>
  duration(86_400_000, 100 * 366 * 86_400_000)
    .prefault(default_)
    .describe(what);

const Keep = z
  .strictObject({
    intervention: kept("Commands, stop requests, leases, bookings, what was done at the machine.", "1827d"),
    administration: kept("People, rights, configuration, certificates, exports, backups.", "1827d"),
    signIn: kept("Sign-ins, failed ones too, and who was turned away.", "366d"),
    system: kept("What the gateway did by itself.", "1827d"),
  })
  .describe(
    "How long the content of entries is kept, personal details among it. Then it is erased, and the chain still verifies. Interventions: five years after Regulation (EU) 2023/1230, Annex III, 1.2.1(f).",
  );

export const Security = z.strictObject({
  secondFactor: z
    .enum(["required", "off"])
    .default("required")
    .describe("Whether every write needs a second factor. `off` is shown on every screen."),
  idle: duration(60_000, 86_400_000)
    .prefault("8h")
    .describe("A sign-in of whose page or program nothing was heard for so long ends."),
  longest: duration(60_000, 7 * 86_400_000)
    .prefault("12h")
    .describe("A sign-in ends so long after it began, whatever happens."),
  lock: duration(60_000, 86_400_000)
    .prefault("15min")
    .describe(
      "Without a sign of a person for so long a screen is locked: it shows values and alarms and takes stop requests, nothing else.",
    ),
  signIns: z
    .int()
    .min(1)
    .max(100)
    .default(20)
    .describe("Sign-ins of one person at the same time; beyond that the one not seen for longest ends."),
  span: z
    .strictObject({
      staff: z.int().min(1).max(100).default(2).describe("For staff."),
      guests: z.int().min(1).max(100).default(1).describe("For guests."),
    })
    .prefault({})
    .describe("Machines that one person may control at a time."),
  audit: z
    .strictObject({ keep: Keep.prefault({}) })
    .prefault({})
    .describe("The record of who did what."),
  outbound: z
    .strictObject({
      allow: z
        .array(OutboundAddress)
        .max(50)
        .default([])
        .describe("Loopback, link-local and cloud metadata addresses, or networks of them, that names may stand for."),
    })
    .prefault({})
    .describe(
      "The gateway calls only hosts that this file names. A name that turns out to be this computer, a link-local or a metadata address is not called.",
    ),
  renewCertificates: duration(86_400_000, 3650 * 86_400_000)
    .prefault("30d")
    .describe("So long before its end the gateway's own certificate for devices (OPC UA) is renewed."),
  oidc: z
    .record(PlainId, Provider)
    .default({})
    .describe("OpenID Connect providers where people may sign in besides here, by id; see docs/sign-in.md."),
});

export const Historian = z.strictObject({
  store: z.literal("embedded").default("embedded"),
  commit: duration(50, 10_000).prefault("250ms").describe("How often samples are made durable."),
  queue: z
    .int()
    .min(1000)
    .max(100_000_000)
    .default(1_000_000)
    .describe("Samples that may wait for the disk; beyond that the oldest are dropped and counted."),
  retention: z
    .record(PlainId, RetentionGroup)
    .default({})
    .describe(
      "How long history is kept, by groups of tags with a name; a tag in none is kept for ever. Never what a target has not got yet.",
    ),
  disk: Disk.prefault({}).describe(
    "The last resort: takes also what a target has not got yet, counted and said. Without it nothing but a rule of retention deletes.",
  ),
  targets: z.record(PlainId, Target).default({}).describe("Servers that the record is forwarded to, by id."),
});

/** What every device has beside the settings of its driver. */
export const DeviceShape = {
  driver: z.string().describe("Which protocol."),
  name: Words.optional().describe("What people read; the id where it is not given."),
  interval: duration(10, 86_400_000)
    .optional()
    .describe("Poll period, or the publishing interval where the device sends by itself."),
  record: Record.optional().describe("What goes into the history of tags where neither they nor their machine say it."),
};

const DriverRun = z.strictObject({
  thread: z
    .enum(["own", "gateway"])
    .describe(
      "`own`: a fault of the driver, or one that hangs, costs its own devices their connections and is started again. `gateway`: less memory; a fault that nobody catches stops the gateway.",
    ),
});

/** The whole file. Devices, machines and tags are parsed one by one, so that one mistake hides no other. */
export const Root = z.strictObject({
  version: z.literal(1).describe("Version of this format."),
  gateway: z.strictObject({ id: PlainId.describe("Name of this gateway among others.") }),
  site: Site,
  server: Server.prefault({}),
  security: Security.prefault({}),
  historian: Historian.prefault({}),
  drivers: z
    .record(PlainId, DriverRun)
    .default({})
    .describe("How the protocols run, by the driver's name; each in a thread of its own where nothing is said."),
  devices: z.record(PlainId, z.unknown()).default({}).describe("What the gateway talks to, by id."),
  equipment: z.record(Id, z.unknown()).default({}).describe("The machines, by id."),
  tables: z
    .record(PlainId, z.unknown())
    .optional()
    .describe("Machines that are alike, by id: a template and a row each. See docs/templates.md."),
});
export type Root = z.output<typeof Root>;
