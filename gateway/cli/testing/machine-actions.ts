import type { CertificateEntry } from "../../core/driver-port.ts";
import type { Place } from "../actions.ts";
import type { ConfigActions } from "../config-actions.ts";
import type { DataActions } from "../data-actions.ts";
import type { DeviceActions } from "../device-actions.ts";
import type { SiteActions } from "../site-actions.ts";

const sourceTime = "2026-01-01T00:00:00.000Z";

function certificate(state: CertificateEntry["state"]): CertificateEntry {
  return {
    state,
    role: "device",
    fingerprint: "a".repeat(64),
    subject: "CN=press",
    issuer: "CN=press",
    applicationUri: undefined,
    hosts: [],
    notBefore: 0,
    notAfter: 0,
    devices: ["press-plc"],
    endpoint: undefined,
    reason: undefined,
    lastSeen: undefined,
  };
}

const ownCertificate = {
  ...{ driver: "opcua", fingerprint: "b".repeat(64), file: "own.der", subject: "CN=Plancia", pem: "own pem\n" },
  ...{ applicationUri: "urn:plancia", notBefore: 0, notAfter: Date.UTC(2036, 0, 1), kept: false, before: undefined },
};

/** Actions about machines and their record that answer from paper; those that change something note their call. */
export function machineActions(
  note: (name: string) => (...args: unknown[]) => Promise<void>,
): DeviceActions & DataActions & SiteActions & ConfigActions {
  const unit = "1/min";
  return {
    ...siteActions(note),
    ...configActions(note),
    browse: async () => [
      {
        ...{ address: "ns=1;s=Speed", path: "Press/Speed", name: "=Speed", kind: "variable", type: "double" },
        ...{ writable: true, unit, range: [0, 600] },
      },
    ],
    read: async (_place, patterns) => ({
      values: [
        { tag: "press/speed", value: 412.5, unit, status: 0, sourceTime },
        { tag: "press/text", value: "\u001b[2J", status: 0, sourceTime },
      ],
      missing: patterns.includes("press/sped") ? ['no tag press/sped – did you mean "press/speed"?'] : [],
    }),
    certificates: async () => [certificate("trusted"), certificate("quarantine")],
    ownCertificates: async () => [ownCertificate],
    changeOwn: (place, to) => note("changeOwn")(place, to).then(() => ownCertificate),
    trust: (place, which) => note("trust")(place, which).then(() => certificate("trusted")),
    reject: (place, which) => note("reject")(place, which).then(() => certificate("rejected")),
    trustFile: (place, file, role) =>
      note("trustFile")(place, file, role).then(() => ({ ...certificate("trusted"), role })),
    revocations: async () => [],
    addRevocations: (place, file) =>
      note("addRevocations")(place, file).then(() => {
        const [thisUpdate, nextUpdate] = [Date.UTC(2026, 0, 1), Date.UTC(2099, 0, 1)];
        return { fingerprint: "d".repeat(64), issuer: "CN=Plant CA", thisUpdate, nextUpdate, entries: 2 };
      }),
    async exportCsv(place, request, sink) {
      await note("exportCsv")(place, request);
      await sink(pieces("time,tag\r\n"));
    },
    verifyHistory: async ({ data }) => (data === "broken" ? ["chunk 3 of press/speed"] : []),
    repairHistory: async ({ data }) => ({
      done: data === "broken" ? ["chunk 3 of press/speed is dropped"] : [],
      left: data === "hopeless" ? ["chunk 4 of press/speed"] : [],
    }),
    dryRetention: async () => [
      {
        ...{ id: "fast", series: 12, samples: 5000, bytes: 7000, oldestMs: Date.UTC(2026, 0, 1) },
        ...{ byAge: { samples: 3000, bytes: 4000 }, bySize: { samples: 0, bytes: 0 } },
      },
      {
        ...{ id: undefined, series: 3, samples: 0, bytes: 0, oldestMs: undefined },
        ...{ byAge: { samples: 0, bytes: 0 }, bySize: { samples: 0, bytes: 0 } },
      },
    ],
    async backup(place, sink) {
      await note("backup")(place);
      await sink(pieces("archive"));
    },
    async diagnostics(place, sink) {
      await note("diagnostics")(place);
      await sink(pieces("archive"));
    },
    async restore(place: Place, file, into) {
      await note("restore")(place, file, into);
      return {
        ...{ createdAt: sourceTime, version: "0.1.0", gateway: "lab", files: 4, aside: "data/before-restore-1" },
        ...{
          configuration: { file: "data/configuration-of-backup.yaml", state: "differs" },
          beside: [{ path: "pumps.csv", file: "data/beside/pumps.csv", state: "differs" }],
          key: "new",
        },
      };
    },
  };
}

/** The whole site and the oven are cut off; Anna has locked the press out. */
function configActions(note: (name: string) => (...args: unknown[]) => Promise<void>): ConfigActions {
  const limits = { target: "press/speed", label: { en: "Limits" }, from: { en: "0 … 400" }, to: { en: "0 … 500" } };
  const press = { equipment: "press", name: { en: "Press" }, digest: "d".repeat(64), whole: false, changes: [limits] };
  const key = { target: "oven", label: { en: "Key\u001b[2J" }, from: { en: "key" }, to: { en: "none" } };
  const running = { allowed: false, say: { en: "The machine is in Execute" } };
  const oven = { ...press, equipment: "oven", name: { en: "Oven" }, whole: true, changes: [key], now: running };
  const items = [{ ...press, now: { allowed: true } }, oven];
  return {
    waitingControl: async ({ data }) => ({
      items: data === "quiet" || data === "fresh" ? [] : items,
      first: data === "fresh",
    }),
    acceptControl: (_place, ...accepted) => note("acceptControl")(_place, ...accepted),
    configVersions: async ({ data }) =>
      data === "fresh"
        ? []
        : [
            { n: 2, at: 1_000, who: "anna", why: "faster\u001b[2J", leftOut: 0, startedAt: undefined },
            { n: 1, at: 0, who: "system:gateway", why: undefined, leftOut: 2, startedAt: 0 },
          ],
    configVersion: async (_place, n) => ({
      text: "version: 1 # of the press\n",
      parts: n === 1 ? [] : [{ say: { en: "tag press/speed added" }, fate: "added", values: {}, total: 0 }],
    }),
    async saveConfig(place, file, why) {
      const at = { line: 3, column: 5, path: "site.id", text: "expected a text" };
      if (file === "bad.yaml") return { ok: false, problems: [{ ...at, message: "bad.yaml:3:5: expected a text" }] };
      await note("saveConfig")(place, file, why);
      return { ok: true, saved: { n: file === "same.yaml" ? undefined : 3, before: undefined } };
    },
    async backToConfig(place, n, why) {
      await note("backToConfig")(place, n, why);
      return { ok: true, saved: { n: 3, before: "plant.yaml.before-3" } };
    },
    async importTags(place, file, question) {
      await note("importTags")(place, file, question);
      const fault = { row: 3, column: "unit\u001b[2J", cell: "x", text: "expected a unit" };
      const added = ["press/rpm"];
      const parts = [{ say: { en: "tag press/rpm added" }, fate: "added", values: {}, total: 0 }];
      const wrong = file === "bad.csv";
      const counts = { changed: [], left: 2, aside: 1, faults: wrong ? [fault] : [], bad: wrong ? 1 : 0 };
      const taken = !question.dryRun && (!wrong || question.skipBadRows);
      return { added, parts, ...counts, saved: taken ? { n: 3, before: undefined } : undefined };
    },
    async exportTags(place, style) {
      await note("exportTags")(place, style);
      return "equipment,tag\r\npress,rpm\r\n";
    },
    async configDifference({ data }, file, against) {
      const at = { line: 3, column: 5, path: "site.id", text: "expected a text" };
      if (file === "bad.yaml") return { ok: false, problems: [{ ...at, message: "bad.yaml:3:5: expected a text" }] };
      const changed = { say: { en: "tag press/speed changed" }, fate: "changed", total: 3 };
      const values = { range: { from: "[0,600]", to: "[0,500]" }, unit: { from: null, to: "rpm\u001b[2J" } };
      const added = {
        say: { en: "machine oven added" },
        fate: "added",
        values: { "name.en": { from: null, to: "Oven" } },
      };
      const parts = [
        { ...changed, values },
        { ...added, total: 1, within: { tags: 4, commands: 2 } },
      ];
      return { ok: true, against: against ?? "the last start", parts: data === "quiet" ? [] : parts };
    },
  };
}

function siteActions(note: (name: string) => (...args: unknown[]) => Promise<void>): SiteActions {
  const kiosk = { id: "k1", name: "Press panel", equipment: "press", createdAt: 0, enrolledAt: undefined };
  const lockOut = { id: "l1", equipment: "press", person: "Anna Rossi", reason: "belt", since: 0 };
  const site = { equipment: "*", who: "anna", since: 0 };
  return {
    islandOn: note("islandOn"),
    islandOff: (...args) => note("islandOff")(...args).then(() => [{ ...site, equipment: "oven" }]),
    islands: async () => [site],
    addLockOut: (place, input) => note("addLockOut")(place, input).then(() => lockOut),
    lockOuts: async () => [lockOut],
    removeLockOut: (...args) => note("removeLockOut")(...args).then(() => lockOut),
    addKiosk: (place, input) =>
      note("addKiosk")(place, input).then(() => ({ kiosk, link: "http://box:8080/#/kiosk?secret=s" })),
    kiosks: async () => [kiosk],
    removeKiosk: (...args) => note("removeKiosk")(...args).then(() => kiosk),
    setPin: note("setPin"),
  };
}

async function* pieces(...texts: readonly string[]): AsyncGenerator<string> {
  yield* texts;
}
