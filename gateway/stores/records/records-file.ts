import { PlanciaError } from "../../core/errors.ts";
import { createAcceptanceRepository } from "./acceptance-repository.ts";
import { createAccessRepository } from "./access-repository.ts";
import { createAnchorRepository } from "./audit-anchors.ts";
import { firstSince, listAudit, proofOfAudit } from "./audit-reading.ts";
import { appendAudit, eraseAudit, hashOfAudit, headOf, verifyAudit } from "./audit-repository.ts";
import { createBookingRepository } from "./booking-repository.ts";
import type { CallRequest, RecordStores } from "./calls.ts";
import { createCommandRepository } from "./command-repository.ts";
import { createConfigurationRepository } from "./configuration-repository.ts";
import { type OpenDatabase, openDatabase, type RecordsDatabase } from "./database.ts";
import { createDerivedRepository } from "./derived-repository.ts";
import { createFactorRepository } from "./factor-repository.ts";
import { createHandOverRepository } from "./hand-over-repository.ts";
import { createInstallationRepository } from "./installation-repository.ts";
import { createKioskRepository } from "./kiosk-repository.ts";
import { createPasskeyRepository } from "./passkey-repository.ts";
import { createPeopleRepository } from "./people-repository.ts";
import { createSignInRepository } from "./sign-in-repository.ts";
import { createSiteRepository } from "./site-repository.ts";
import { Turns } from "./turns.ts";

/** The open records file behind its calls. */
export interface RecordsFile {
  /** Runs one call by name. @throws PlanciaError of the port, or store/unavailable. */
  call(request: Pick<CallRequest, "area" | "method" | "args" | "notAfterNs">): Promise<unknown>;
  close(): Promise<void>;
}

type Method = (...args: readonly unknown[]) => Promise<unknown>;

/** What a command waits for, and many at once when many are given: these share their commits. */
const joining: ReadonlySet<string> = new Set([
  "commands.findByKey",
  "commands.recordIntent",
  "commands.record",
  "commands.recordResult",
  "audit.append",
]);

/** @throws PlanciaError start/read-only, start/in-use, start/damaged. */
export async function openRecordsFile(file: string): Promise<RecordsFile> {
  const turns = new Turns(await openDatabase(file), () => reopen(file));
  return {
    async call({ area, method, args, notAfterNs }) {
      if (area === "audit" && method === "verify") return verifyAudit((work) => turns.take(work, "alone"));
      const company = joining.has(`${area}.${method}`) ? "join" : "alone";
      return turns.take(async (db) => {
        if (process.hrtime.bigint() > notAfterNs)
          throw new PlanciaError("store/unavailable", "The store was too busy", { retryAfterS: 2 });
        return methodOf(storesOn(db), area, method)(...args);
      }, company);
    },
    close: () => turns.close(),
  };
}

async function reopen(file: string): Promise<OpenDatabase> {
  try {
    return await openDatabase(file);
  } catch (error) {
    throw new PlanciaError("store/unavailable", error instanceof Error ? error.message : String(error), {
      retryAfterS: 2,
      cause: error,
    });
  }
}

const built = new WeakMap<RecordsDatabase, RecordStores>();

function storesOn(db: RecordsDatabase): RecordStores {
  const stores = built.get(db) ?? buildStores(db);
  built.set(db, stores);
  return stores;
}

function buildStores(db: RecordsDatabase): RecordStores {
  return {
    people: { ...createPeopleRepository(db), ...createSignInRepository(db) },
    factors: createFactorRepository(db),
    passkeys: createPasskeyRepository(db),
    commands: createCommandRepository(db),
    audit: {
      append: (entry) => appendAudit(db, entry),
      list: (filter) => listAudit(db, filter),
      verify: () => verifyAudit((work) => work(db)),
      head: () => headOf(db),
      hashAt: (n) => hashOfAudit(db, n),
      firstSince: (fromMs) => firstSince(db, fromMs),
      proof: (filter) => proofOfAudit(db, filter),
      erase: (what) => eraseAudit(db, what),
      ...createAnchorRepository(db),
    },
    bookings: createBookingRepository(db),
    handOver: createHandOverRepository(db),
    acceptance: createAcceptanceRepository(db),
    access: createAccessRepository(db),
    installation: createInstallationRepository(db),
    configurations: createConfigurationRepository(db),
    derived: createDerivedRepository(db),
    site: { ...createSiteRepository(db), ...createKioskRepository(db) },
  };
}

function methodOf(stores: RecordStores, area: keyof RecordStores, name: string): Method {
  // Called by names that came from another thread: no type can know which; `storesOver` is typed by the ports.
  const store = stores[area] as unknown as Readonly<Record<string, Method>>;
  const method = Object.hasOwn(store, name) ? store[name] : undefined;
  if (method === undefined) throw new Error(`The records know no call ${area}.${name}`);
  return method;
}
