import { silentLog } from "../../core/log.ts";
import type { SecuritySettings } from "../../core/plant.ts";
import type { AuditEntry, UserRecord } from "../../core/records-port.ts";
import { testAudit, testSignInLimits } from "../../core/testing/plant.ts";
import { ManualTime } from "../../kit/testing/manual-time.ts";
import { type RecordsBench, recordsBench, testUser } from "../../stores/records/testing/bench.ts";
import { noAreas } from "../access/rights-table.ts";
import { KnownCallers } from "../known-callers.ts";
import { type PeopleDesks, peopleDesks } from "../people-desks.ts";
import type { SignInAnswer } from "../use-cases.ts";
import { plainCeremonies } from "./ceremonies.ts";
import {
  codeOf,
  countedSecrets,
  plainPasswords,
  steppedCodes,
  textTokens,
  threeTries,
  turnedSeals,
} from "./people-bench.ts";

export const here = { address: "192.0.2.1", userAgent: "test" };
export const password = "il-gatto mangia 7";

/** Ada (administrator) and Olga (operator), everything about who they are, and time by hand. */
export class PeopleWorld {
  readonly time = new ManualTime(1_800_000_000_000);
  readonly notes: AuditEntry[] = [];
  readonly bench: RecordsBench;
  readonly known: KnownCallers;
  readonly desks: PeopleDesks;

  constructor(bench: RecordsBench, security: Partial<SecuritySettings>) {
    const { time, notes } = this;
    const { people, access, factors } = bench.records;
    const settings: SecuritySettings = {
      ...{ secondFactor: "required", signIn: testSignInLimits, span: { staff: 2, guests: 1 }, audit: testAudit },
      ...security,
    };
    this.bench = bench;
    this.known = new KnownCallers({
      people,
      limits: settings.signIn,
      clock: time,
      timers: time,
      log: silentLog,
      site: noAreas,
    });
    this.desks = peopleDesks({
      ...{
        people,
        access,
        factors,
        passkeys: bench.records.passkeys,
        ceremonies: plainCeremonies,
        known: this.known,
        passwords: plainPasswords,
        secrets: countedSecrets,
      },
      ...{ tokens: textTokens(time), codes: steppedCodes, seals: turnedSeals, backOff: threeTries() },
      ...{ security: settings, clock: time, timers: time, log: silentLog },
      audit: {
        note: (entry) => void notes.push(entry),
        append: async (entry) => ({ ...entry, n: notes.push(entry), hash: "" }),
      },
    });
  }

  static async open(security: Partial<SecuritySettings> = {}): Promise<PeopleWorld> {
    const world = new PeopleWorld(await recordsBench(), security);
    await world.put("ada", { role: "administrator", equipment: ["*"] });
    await world.put("olga", {});
    await world.known.start();
    world.desks.screens.start();
    return world;
  }

  async close(): Promise<void> {
    this.desks.screens.stop();
    this.known.stop();
    await this.bench[Symbol.asyncDispose]();
  }

  put(id: string, more: Partial<UserRecord>): Promise<void> {
    return this.bench.records.people.addUser(testUser(id, { passwordHash: `plain ${password}`, ...more }));
  }

  signIn(username: string, otp?: string): Promise<SignInAnswer> {
    return this.desks.signIns.signIn({ username, password, ...(otp === undefined ? {} : { otp }) }, here);
  }

  /** The code of the present half minute; `later`: of one after it. */
  code(later = 0): string {
    return codeOf(Math.floor(this.time.wallMs() / 30_000) + later);
  }

  /** Signs in and sets a second factor up; half a minute later another code may be used. */
  async enrol(name: string): Promise<SignInAnswer & { readonly recoveryCodes: readonly string[] }> {
    const answer = await this.signIn(name);
    await this.desks.factors.begin(answer.caller, password);
    const recoveryCodes = await this.desks.factors.confirm(answer.caller, this.code());
    await this.time.advance(30_000);
    return { ...answer, recoveryCodes };
  }

  actions(): readonly string[] {
    return this.notes.map(({ action }) => action);
  }
}
