import { userInfo } from "node:os";
import type { Finding, Place } from "../cli/actions.ts";
import type { ConfigActions, Saving } from "../cli/config-actions.ts";
import { loadPlant } from "../config/load.ts";
import { configurationDifference } from "../core/configuration/difference.ts";
import { PlanciaError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import { compile } from "../expressions/compile.ts";
import { systemClock as clock, systemTimers as timers } from "../kit/clock.ts";
import { AuditDesk, auditEntry } from "../services/audit.ts";
import type { FileProblem } from "../services/configuration-desk.ts";
import type { KeptConfiguration } from "../services/configuration-versions.ts";
import { dataPaths, makeFolder } from "../stores/folder/data-folder.ts";
import { createRecords, type Records } from "../stores/records/records.ts";
import { checkedFile } from "./checked-file.ts";
import { assertDataFolder } from "./folder-lock.ts";
import { placeConfiguration } from "./place-configuration.ts";
import { secretsOpener } from "./sealed-secrets.ts";

type VersionActions = Pick<ConfigActions, "configVersions" | "configVersion" | "saveConfig" | "backToConfig">;

/** The versions of the configuration in the records, whether a gateway runs or not. */
export function versionActions(log: Log): VersionActions {
  return {
    async configVersions(place) {
      assertDataFolder(place.data);
      return onRecords(place, log, ({ configurations }) => configurations.list());
    },
    async configVersion(place, n) {
      assertDataFolder(place.data);
      return onRecords(place, log, async (records) => {
        const version = await versionOf(records, n);
        const before = await records.configurations.find(n - 1);
        const was = before ? JSON.parse(before.plain) : {};
        return { text: version.text, parts: configurationDifference(was, JSON.parse(version.plain)) };
      });
    },
    saveConfig: (place, file, why) => save(place, file, why, log),
    async backToConfig(place, n, why) {
      assertDataFolder(place.data);
      const { text, leftOut } = await onRecords(place, log, (records) => versionOf(records, n));
      if (leftOut > 0)
        throw new PlanciaError(
          "request/conflict",
          `${leftOut} secrets are left out of version ${n}: write it to a file (plancia config versions ${n} --text), put them in and save that`,
        );
      return put(place, text, why === undefined ? `back to version ${n}` : `back to version ${n}: ${why}`, log);
    },
  };
}

async function versionOf({ configurations }: Records, n: number) {
  const found = await configurations.find(n);
  if (found) return found;
  throw new PlanciaError("request/not-found", `there is no version ${n}; plancia config versions lists them`);
}

async function save(place: Place, file: string, why: string | undefined, log: Log): Promise<Saving> {
  const given = await load(file, place);
  return given.ok ? put(place, given.text, why, log) : { ok: false, problems: given.problems };
}

/** @param expected what must lie there until then; whatever lies there where not given. */
export async function put(
  place: Place,
  text: string,
  why: string | undefined,
  log: Log,
  expected?: string,
): Promise<Saving> {
  makeFolder(place.data);
  return onRecords(place, log, async (records) => {
    const placed = await placeConfiguration({
      config: place.config,
      text,
      expected,
      check: (next) => checkedFile(next, place),
      record: (kept) => record(records, kept, why, log),
      version: (n) => records.configurations.find(n),
    });
    return placed.ok ? { ok: true, saved: placed } : { ok: false, problems: placed.problems.map(asFinding(place)) };
  });
}

function load(file: string, place: Place) {
  const context = { environment: process.env, compile, openSecret: secretsOpener(place) };
  return loadPlant(file, { ...context, missingSecrets: "warning" });
}

function asFinding({ config }: Place): (problem: FileProblem) => Finding {
  return (problem) => {
    const { line, column, path, text } = problem;
    return { ...problem, message: `${config}:${line}:${column}: ${path === "" ? "" : `${path}: `}${text}` };
  };
}

async function record(
  { audit: store, configurations }: Records,
  kept: KeptConfiguration,
  why: string | undefined,
  log: Log,
): Promise<number> {
  const audit = new AuditDesk({ store, clock, timers, log });
  try {
    const [at, who] = [clock.wallMs(), accountName()];
    const entry = { class: "administration", action: "config.saved", who: "system:command-line" } as const;
    const detail = { account: who, ...(why === undefined ? {} : { reason: why }) };
    await audit.append(auditEntry({ at, ...entry, address: "local", result: "done", detail }));
    return await configurations.add({ at, who, why, ...kept, startedAt: undefined });
  } finally {
    await audit.close();
  }
}

function accountName(): string {
  try {
    return process.env["SUDO_USER"] ?? userInfo().username;
  } catch {
    return `account ${process.getuid?.() ?? "unknown"}`;
  }
}

async function onRecords<T>(place: Place, log: Log, use: (records: Records) => Promise<T>): Promise<T> {
  const records = await createRecords({ file: dataPaths(place.data).records, log });
  try {
    return await use(records);
  } finally {
    await records.close();
  }
}
