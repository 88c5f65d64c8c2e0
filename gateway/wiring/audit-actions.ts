import { createReadStream, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { checkSignature, createHeadSigner, readPublicKey } from "../auth/head-signer.ts";
import type { AuditActions } from "../cli/audit-actions.ts";
import { headFault, readHead, type SignedHead } from "../core/audit/signed-head.ts";
import { PlanciaError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import { verifyAuditExport } from "../exports/audit-reader.ts";
import { systemClock as clock, systemTimers as timers } from "../kit/clock.ts";
import { AuditDesk } from "../services/audit.ts";
import { AuditAnchors, verifyWithAnchors } from "../services/audit-anchors.ts";
import { dataPaths } from "../stores/folder/data-folder.ts";
import { sha256 } from "../stores/records/audit-repository.ts";
import { createRecords, type Records } from "../stores/records/records.ts";
import { installationKeyOf, isKeyGiven, type KeyPlace } from "./installation-key.ts";

/** On the data folder, whether a gateway runs on it or not; an export is checked without one. */
export function auditActions(log: Log, gatewayOf: (config: string) => Promise<string>): AuditActions {
  return {
    async verifyAudit(place, { anchors: file, key }) {
      const elsewhere = file === undefined ? [] : readAnchors(file);
      const trusted = key === undefined ? ownKey(place, log) : readKey(key);
      if (trusted === undefined && elsewhere.length > 0) throw keyNeeded(elsewhere[0]?.key);
      return onRecords(place.data, log, async ({ audit }) => {
        const trust = { trusted: trusted ?? "", check: checkSignature };
        const found = await verifyWithAnchors(audit, trust, elsewhere);
        if (found.ok) return { ok: true, entries: found.count, anchors: found.anchors, broken: undefined };
        const broken = `entry ${found.brokenAt}: ${found.why}`;
        return { ok: false, entries: found.count, anchors: 0, broken };
      });
    },
    async verifyExport(place, file, key) {
      if (!existsSync(file)) throw new PlanciaError("request/not-found", `there is no file ${file}`);
      const trusted = key === undefined ? ownKey(place, log) : readKey(key);
      if (trusted === undefined) throw keyNeeded(undefined);
      const text = createReadStream(file, "utf8") as AsyncIterable<string>;
      const found = await verifyAuditExport(text, sha256, (head) => headFault(checkSignature, trusted, head));
      if (found.ok) return { ok: true, entries: found.rows, head: found.head, broken: undefined };
      const broken = `line ${found.line}, entry ${found.broken.brokenAt}: ${found.broken.why}`;
      return { ok: false, entries: 0, head: undefined, broken };
    },
    async makeAnchor(place) {
      const gateway = await gatewayOf(place.config);
      const signer = createHeadSigner(installationKeyOf(place, log));
      return onRecords(place.data, log, async ({ audit: store }) => {
        const audit = new AuditDesk({ store, clock, timers, log });
        try {
          const days = { zone: "UTC", keep: neverErased };
          const parts = { store, audit, signer, check: checkSignature, gateway, clock, timers, log, ...days };
          return await new AuditAnchors(parts).make("asked", "system:command-line", "local");
        } finally {
          await audit.close();
        }
      });
    },
    anchors: (place) =>
      onRecords(place.data, log, async ({ audit }) => {
        const found: SignedHead[] = [];
        for (let before: number | undefined; ; ) {
          const page = await audit.anchors({ limit: 500, before });
          found.push(...page.map(({ anchor }) => anchor));
          before = page.at(-1)?.seq;
          if (page.length < 500) return found.reverse();
        }
      }),
    auditKey: async (place) => createHeadSigner(installationKeyOf(place, log)).pem,
  };
}

/** An anchor on demand erases nothing. */
const neverErased = {
  intervention: Number.POSITIVE_INFINITY,
  administration: Number.POSITIVE_INFINITY,
  "sign-in": Number.POSITIVE_INFINITY,
  system: Number.POSITIVE_INFINITY,
};

/** The public key of this installation; undefined: there is none here, and a check makes none. */
function ownKey(place: KeyPlace, log: Log): string | undefined {
  const there = isKeyGiven(place) || existsSync(join(dataPaths(place.data).keys, "installation.key"));
  return there ? createHeadSigner(installationKeyOf(place, log)).key : undefined;
}

/** A file with it, or the 43 letters themselves. */
function readKey(from: string): string {
  return readPublicKey(existsSync(from) ? readFileSync(from, "utf8") : from);
}

function keyNeeded(said: string | undefined): PlanciaError {
  const claim = said === undefined ? "" : `; the file says ${said}, which proves nothing by itself`;
  return new PlanciaError("request/invalid", `give the public key with --key (plancia audit key shows it)${claim}`);
}

/** @throws PlanciaError request/not-found, request/invalid. */
function readAnchors(file: string): readonly SignedHead[] {
  if (!existsSync(file)) throw new PlanciaError("request/not-found", `there is no file ${file}`);
  const lines = readFileSync(file, "utf8").split("\n");
  const found = lines.flatMap((line, index) => {
    if (line.trim() === "") return [];
    const head = readHead(line);
    if (head === undefined) throw new PlanciaError("request/invalid", `${file}:${index + 1}: that is no anchor`);
    return head;
  });
  if (found.length === 0) throw new PlanciaError("request/invalid", `${file} holds no anchor`);
  return found;
}

async function onRecords<T>(data: string, log: Log, use: (records: Records) => Promise<T>): Promise<T> {
  const records = await createRecords({ file: dataPaths(data).records, log });
  try {
    return await use(records);
  } finally {
    await records.close();
  }
}
