import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TokenRecord } from "../../../core/access-port.ts";
import type { CommandRecord } from "../../../core/control/command.ts";
import type { AuditEntry, BookingRecord, SignInRecord, UserRecord } from "../../../core/records-port.ts";
import { type RecordStores, storesOver } from "../calls.ts";
import { openRecordsFile } from "../records-file.ts";

/** A real records file in a folder of its own, gone after the test; without the thread, which the tests of opening have. */
export interface RecordsBench extends AsyncDisposable {
  readonly file: string;
  readonly records: RecordStores;
  close(): Promise<void>;
}

export async function recordsBench(): Promise<RecordsBench> {
  const folder = mkdtempSync(join(tmpdir(), "plancia-records-"));
  const file = join(folder, "records.db");
  const open = await openRecordsFile(file);
  const notAfterNs = 2n ** 63n;
  return {
    file,
    records: storesOver((area, method, args) => open.call({ area, method, args, notAfterNs })),
    close: () => open.close(),
    async [Symbol.asyncDispose]() {
      await open.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function testUser(id: string, more: Partial<UserRecord> = {}): UserRecord {
  return {
    id,
    name: id,
    role: "operator",
    equipment: ["press"],
    organisation: undefined,
    passwordHash: undefined,
    language: "en",
    disabled: false,
    createdAt: 1_000,
    ...more,
  };
}

export function testSignIn(id: string, userId: string, more: Partial<SignInRecord> = {}): SignInRecord {
  return {
    id,
    userId,
    secretHash: `secret of ${id}`,
    previousHash: undefined,
    previousUntil: undefined,
    stopHash: `stop of ${id}`,
    createdAt: 1_000,
    lastSeenAt: 1_000,
    expiresAt: 50_000,
    secondFactor: false,
    activeAt: 1_000,
    lockedAt: undefined,
    address: "192.0.2.1",
    userAgent: "test",
    ...more,
  };
}

export function testCommand(id: string, more: Partial<CommandRecord> = {}): CommandRecord {
  return {
    id,
    kind: "write",
    state: "SENT",
    equipment: "press",
    target: "press/speed",
    value: 12.5,
    key: `key of ${id}`,
    userId: "anna",
    userName: "Anna",
    address: "192.0.2.1",
    reason: undefined,
    oldValue: undefined,
    readBack: undefined,
    evidence: undefined,
    causes: [],
    requestedAt: 1_000,
    sentAt: undefined,
    finishedAt: undefined,
    events: [{ at: 1_000, state: "SENT", text: "recorded" }],
    ...more,
  };
}

export function testEntry(more: Partial<AuditEntry> = {}): AuditEntry {
  return {
    at: 1_000,
    class: "system",
    action: "test.done",
    who: "anna",
    address: undefined,
    equipment: undefined,
    target: undefined,
    result: undefined,
    detail: {},
    ...more,
  };
}

export function testBooking(
  id: string,
  startMs: number,
  endMs: number,
  more: Partial<BookingRecord> = {},
): BookingRecord {
  return {
    id,
    equipment: "mill",
    startMs,
    endMs,
    version: 1,
    state: "CONFIRMED",
    userId: "guest",
    title: "Test cut",
    createdBy: "anna",
    createdAt: 1_000,
    ...more,
  };
}

/** Of Anna. */
export const testToken = (id: string, more: Partial<TokenRecord> = {}): TokenRecord => ({
  ...{ id, userId: "anna", name: "mes", hash: `hash of ${id}`, permissions: ["history:read"], equipment: ["press"] },
  ...{ addresses: ["10.0.0.0/8"], secondFactor: true, createdAt: 10, expiresAt: 1_000 },
  ...{ revokedAt: undefined, lastUsedAt: undefined, lastUsedFrom: undefined, ...more },
});
