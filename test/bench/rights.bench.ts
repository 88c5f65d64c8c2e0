import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { createApi } from "../../gateway/api/api.ts";
import { ApiBench } from "../../gateway/api/testing/api-bench.ts";
import type { GrantRecord } from "../../gateway/core/access-port.ts";
import { silentLog } from "../../gateway/core/log.ts";
import { testPress, testTag } from "../../gateway/core/testing/plant.ts";
import { textOf } from "../../gateway/core/text.ts";
import { systemClock as clock, systemTimers as timers } from "../../gateway/kit/clock.ts";
import { siteOfRights } from "../../gateway/services/access/rights-table.ts";
import { AuditDesk } from "../../gateway/services/audit.ts";
import { KnownCallers } from "../../gateway/services/known-callers.ts";
import { peopleDesks } from "../../gateway/services/people-desks.ts";
import { plainCeremonies } from "../../gateway/services/testing/ceremonies.ts";
import {
  plainPasswords as passwords,
  countedSecrets as secrets,
  steppedCodes,
  textTokens,
  threeTries,
  turnedSeals,
} from "../../gateway/services/testing/people-bench.ts";
import { recordsBench, testUser } from "../../gateway/stores/records/testing/bench.ts";
import { type Report, shape } from "./rights-shape.ts";

/**
 * 1,000 people in 100 organisations, 5,000 tags of 100 machines, 500 open sockets, each another person's and
 * subscribed to everything: one grant of their organisation is narrowed and widened, and the time runs
 * from before it is written until the last socket was told. Real records, rights and hub; readers in a
 * process of their own. Target: below 1 s, also where another process (the command line) made the change.
 */
const limitMs = 1_000;

const machineId = (n: number) => `machine-${String(n).padStart(3, "0")}`;
const equipment = Array.from({ length: shape.machines }, (_, m) => {
  const id = machineId(m);
  const tags = Array.from({ length: shape.tagsOfMachine }, (__, t) =>
    testTag(m * shape.tagsOfMachine + t, `t${t}`, { name: `${id}/t${t}`, equipment: id }),
  );
  return testPress({ id, name: textOf(id), tags, local: "none", stop: undefined, state: undefined });
});
const bench = new ApiBench(clock, timers, { equipment, tags: equipment.flatMap(({ tags }) => tags) });
bench.stopRecording();
const store = await recordsBench();
const { people, access, factors } = store.records;
const { security } = bench.plant;
const known = new KnownCallers({
  ...{ people, limits: security.signIn, clock, timers, log: silentLog },
  site: siteOfRights(bench.plant),
});
const audit = new AuditDesk({ store: store.records.audit, clock, timers, log: silentLog });
const { signIns } = peopleDesks({
  passkeys: store.records.passkeys,
  ceremonies: plainCeremonies,
  ...{ people, access, factors, known, passwords, secrets, audit, security, clock, timers, log: silentLog },
  ...{ tokens: textTokens(clock, 3_600), codes: steppedCodes, seals: turnedSeals, backOff: threeTries() },
});

await populate();
await known.start();
const tokens = [];
for (let n = 0; n < shape.sockets; n++) {
  const answer = await signIns.signIn({ username: `p${n}`, password: "x" }, { address: "127.0.0.1", userAgent: "" });
  tokens.push(answer.accessToken);
}
const many = shape.sockets * 2;
const api = await createApi({
  useCases: { ...bench.useCases, signIns },
  ...{ log: silentLog, clock, timers },
  limits: {
    strangersPerAddress: many,
    live: { sockets: many, strangers: many, socketsPerOrganisation: many, tagsPerSocket: 10_000 },
  },
});
const { address } = await api.listen("127.0.0.1", 0);
const readers = fork(fileURLToPath(new URL("./rights-clients.ts", import.meta.url)), [new URL(address).port]);
readers.send({ tokens });
await next(readers, "connected");

const half = { equipment: ["machine-00*", "machine-01*", "machine-02*", "machine-03*", "machine-04*"] };
for (const [name, who] of [
  ["by the gateway", () => known.refresh()],
  ["by another process", async () => undefined],
] as const) {
  const narrowed: Spread[] = [];
  const widened: Spread[] = [];
  for (let round = 0; round < shape.rounds; round++) {
    narrowed.push(await change("revoked", half, who));
    widened.push(await change("subscribed", { equipment: ["*"] }, who));
  }
  print(`2,500 tags taken away ${name}`, narrowed);
  print(`2,500 tags given ${name}`, widened);
}
readers.disconnect();
known.stop();
await api.close();
await audit.close();
await store[Symbol.asyncDispose]();
// Counters of failed sign-ins and tries wait for their minute.
process.exit();

interface Spread {
  readonly medianMs: number;
  readonly lastMs: number;
}

async function change(kind: "revoked" | "subscribed", to: Partial<GrantRecord>, tell: () => Promise<unknown>) {
  const watching = next(readers, "watching");
  readers.send({ do: "watch", for: kind });
  await watching;
  const reached = next(readers, "reached");
  const fromMs = performance.timeOrigin + performance.now();
  await access.updateGrant("common", to);
  await tell();
  const after = (await reached).atMs.map((atMs) => atMs - fromMs).sort((a, b) => a - b);
  return { medianMs: after[Math.floor(after.length / 2)] ?? Number.NaN, lastMs: after.at(-1) ?? Number.NaN };
}

async function populate(): Promise<void> {
  for (let n = 0; n < shape.organisations; n++) {
    await access.addOrganisation({ id: `o${n}`, name: `o${n}`, kind: "guest", disabled: false, createdAt: 0 });
  }
  for (let n = 0; n < shape.people; n++) {
    const inOne = n < shape.sockets;
    const organisation = inOne ? "o0" : `o${1 + (n % (shape.organisations - 1))}`;
    const more = { role: "viewer", equipment: [machineId(0)], organisation, passwordHash: "plain x" } as const;
    await people.addUser(testUser(`p${n}`, more));
  }
  await access.addGrant({
    ...{ id: "common", subject: { kind: "organisation", id: "o0" }, own: false, role: "operator", equipment: ["*"] },
    ...{ areas: [], highestClass: "C2", notBefore: undefined, notAfter: undefined, hours: [], createdAt: 0 },
    createdBy: "p0",
  });
}

function print(name: string, spreads: readonly Spread[]): void {
  const worst = Math.max(...spreads.map(({ lastMs }) => lastMs));
  const middle = spreads.map(({ medianMs }) => medianMs).sort((a, b) => a - b)[Math.floor(spreads.length / 2)];
  const verdict = worst < limitMs ? "" : `, aim below ${limitMs} ms: missed`;
  process.stdout.write(
    `${name}: median ${middle?.toFixed(0)} ms, last of ${shape.sockets} sockets ${worst.toFixed(0)} ms${verdict}\n`,
  );
}

function next<Kind extends Report["kind"]>(child: ChildProcess, kind: Kind): Promise<Extract<Report, { kind: Kind }>> {
  return new Promise((resolve, reject) => {
    function heard(report: Report): void {
      if (report.kind !== kind) return;
      child.off("message", heard);
      child.off("exit", gone);
      resolve(report as Extract<Report, { kind: Kind }>);
    }
    function gone(code: number | null): void {
      reject(new Error(`the readers ended early (${code})`));
    }
    child.on("message", heard);
    child.once("exit", gone);
  });
}
