import { X509Certificate } from "node:crypto";
import { writeFile } from "node:fs/promises";
import type { Command } from "commander";
import { stringify } from "csv-stringify/sync";
import { proposedId } from "../core/configuration/proposed-id.ts";
import type { BrowseEntry, CertificateEntry, RevocationListEntry } from "../core/driver-port.ts";
import { PlanciaError } from "../core/errors.ts";
import { statusName } from "../core/status.ts";
import type { Actions, Place, Terminal } from "./actions.ts";
import type { ReadValue } from "./device-actions.ts";
import { table } from "./tables.ts";
import { Found, placeOf, verb } from "./verb.ts";

/** Machines: what they have, what they say, whom the gateway trusts. */
export function addDevices(program: Command, actions: Actions, terminal: Terminal): void {
  addBrowse(program, actions, terminal);
  addRead(program, actions, terminal);
  addCertificates(program, actions, terminal);
  addTrust(program, actions, terminal);
}

interface BrowseOptions extends Place {
  readonly csv?: boolean;
  readonly equipment?: string;
  readonly json?: boolean;
}

function addBrowse(program: Command, actions: Actions, terminal: Terminal): void {
  verb(program, "browse <device> [path]", "what a device has, one level below the path")
    .option("--csv", "as CSV, with the address as it stands in a configuration; plancia import takes it")
    .option("--equipment <id>", "with --csv: the machine whose tags they become")
    .option("--json", "as JSON")
    .action(async (device: string, path: string | undefined, options: BrowseOptions) => {
      const entries = await actions.browse(placeOf(options), device, path ?? "");
      if (options.json) terminal.out(JSON.stringify(entries, undefined, 2));
      else if (options.csv) terminal.out(browseCsv(entries, device, options.equipment ?? "").trimEnd());
      else
        terminal.out(
          table([["PATH", "NAME", "KIND", "TYPE", "", "UNIT", "TEXTS", "ADDRESS"], ...entries.map(browseRow)]),
        );
    });
}

function browseRow(entry: BrowseEntry): readonly string[] {
  const { path, name, kind, fields, writable, unit = "", texts, address } = entry;
  const type = entry.type ?? (fields === undefined ? "" : `structure, ${fields} fields`);
  const words = textsText(texts);
  const short = words.length > shownTexts ? `${words.slice(0, shownTexts)}…` : words;
  return [path, name, kind, type, writable ? "writable" : "", unit, short, addressText(address)];
}

const shownTexts = 60;

function textsText(texts: BrowseEntry["texts"] = {}): string {
  return Object.entries(texts)
    .map(([value, text]) => `${value} = ${text}`)
    .join(", ");
}

function addressText(address: unknown): string {
  return typeof address === "string" ? address : (JSON.stringify(address) ?? "");
}

/** With a proposed id for each point at its end, so that `plancia import` takes it. */
function browseCsv(entries: readonly BrowseEntry[], device: string, equipment: string): string {
  const taken = new Set<string>();
  const rows = entries.map(({ path, name, kind, type, writable, unit, range, address, texts }) => {
    const id = kind === "variable" ? (proposedId(name, taken) ?? "") : "";
    taken.add(id);
    const marks = writable === undefined ? "" : String(writable);
    const [low = "", high = ""] = range ?? [];
    const said = [path, name, kind, type ?? "", marks, unit ?? "", low, high, addressText(address), textsText(texts)];
    return [...said, device, equipment, id];
  });
  const seen = ["path", "name", "kind", "type", "writable", "unit", "low", "high", "address", "texts"];
  const heading = [...seen, "device", "equipment", "tag"];
  return stringify([heading, ...rows], { escape_formulas: true });
}

function addRead(program: Command, actions: Actions, terminal: Terminal): void {
  verb(program, "read <tag...>", "the newest values; * stands for any text")
    .option("--json", "as JSON")
    .action(async (tags: string[], options: Place & { json?: boolean }) => {
      const { values, missing } = await actions.read(placeOf(options), tags);
      if (options.json) terminal.out(JSON.stringify(values, undefined, 2));
      else if (values.length > 0) {
        terminal.out(table([["TAG", "VALUE", "UNIT", "STATUS", "TIME"], ...values.map(valueRow)]));
      }
      for (const what of missing) terminal.err(`plancia: ${what}`);
      if (missing.length > 0) throw new Found();
    });
}

function valueRow({ tag, value, unit, status, sourceTime }: ReadValue): readonly string[] {
  return [tag, value === null ? "–" : String(value), unit ?? "", statusName(status), sourceTime];
}

function addCertificates(program: Command, actions: Actions, terminal: Terminal): void {
  verb(program, "certificates", "certificates of devices: trusted, rejected, and those that wait for a decision")
    .option("--own", "the gateway's own instead, which the devices must trust")
    .option("--renew", "with --own: a new one with a new key; the one until now is kept")
    .option("--back", "with --own: back to the one that was in use before")
    .option("--save <file>", "with --own: into a file, in PEM form where it is called .pem, else in DER form")
    .option("--lists", "the revocation lists of authorities instead")
    .option("--json", "as JSON")
    .action(async (options: Place & OwnOptions & { lists?: boolean }) => {
      const place = placeOf(options);
      if (options.lists) return showLists(await actions.revocations(place), options, terminal);
      if (options.own) await showOwn(actions, place, options, terminal);
      else if (options.renew || options.back || options.save !== undefined)
        throw new PlanciaError("request/invalid", "--renew, --back and --save go with --own");
      else listCertificates(await actions.certificates(place), options, terminal);
    });
}

interface OwnOptions {
  readonly own?: boolean;
  readonly renew?: boolean;
  readonly back?: boolean;
  readonly save?: string;
  readonly json?: boolean;
}

async function showOwn(actions: Actions, place: Place, options: OwnOptions, terminal: Terminal): Promise<void> {
  const { renew, back, save, json } = options;
  if (renew && back) throw new PlanciaError("request/invalid", "either --renew or --back, not both");
  const own =
    renew || back ? [await actions.changeOwn(place, renew ? "new" : "before")] : await actions.ownCertificates(place);
  if (save !== undefined) {
    const pem = own[0]?.pem ?? "";
    await writeFile(save, /\.pem$/i.test(save) ? pem : new X509Certificate(pem).raw, { flag: "wx" });
  }
  const rows = own.flatMap(({ driver, fingerprint, notAfter, file, before }) => [
    [driver, fingerprint, dayOf(notAfter), file],
    ...(before ? [["  before", before.fingerprint, dayOf(before.notAfter), ""]] : []),
  ]);
  const heading = ["DRIVER", "FINGERPRINT (SHA-256)", "UNTIL", "FILE"];
  terminal.out(json ? JSON.stringify(own, undefined, 2) : table([heading, ...rows]));
}

function listCertificates(entries: readonly CertificateEntry[], options: { json?: boolean }, terminal: Terminal): void {
  if (options.json) terminal.out(JSON.stringify(entries, undefined, 2));
  else if (entries.length === 0) terminal.out("no certificates");
  else {
    const heading = ["STATE", "FINGERPRINT (SHA-256)", "DEVICES", "SUBJECT", "UNTIL", "REASON"];
    terminal.out(table([heading, ...entries.map(certificateRow)]));
  }
}

function certificateRow(entry: CertificateEntry): readonly string[] {
  const { state, role, authority, against, reason = "" } = entry;
  const how = role === "device" ? state : `${state} ${role}`;
  const why =
    against ?? (authority === undefined ? reason : `through ${authority}${reason && `; last refused: ${reason}`}`);
  return [how, entry.fingerprint, entry.devices.join(", "), entry.subject, dayOf(entry.notAfter), why];
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

function showLists(lists: readonly RevocationListEntry[], options: { json?: boolean }, terminal: Terminal): void {
  if (options.json) terminal.out(JSON.stringify(lists, undefined, 2));
  else if (lists.length === 0) terminal.out("no revocation lists");
  else {
    const rows = lists.map(({ issuer, thisUpdate, nextUpdate, entries }) => {
      const late = nextUpdate < Date.now() ? "TOO OLD" : "";
      return [issuer, String(entries), dayOf(thisUpdate), dayOf(nextUpdate), late];
    });
    terminal.out(table([["AUTHORITY", "REVOKED", "OF", "UNTIL", ""], ...rows]));
  }
}

interface Brought {
  readonly file?: string;
  readonly authority?: string;
  readonly issuer?: string;
  readonly crl?: string;
}

function addTrust(program: Command, actions: Actions, terminal: Terminal): void {
  verb(program, "trust [device-or-fingerprint]", "trust a device's certificate; alone: those that wait for a decision")
    .option("--file <file>", "a device's certificate from a file instead (PEM or DER)")
    .option("--authority <file>", "the certificate of an authority: the certificates that it issues are trusted")
    .option("--issuer <file>", "the certificate of an authority that completes chains, and is trusted by nothing")
    .option("--crl <file>", "what an authority has revoked: its newest list (PEM or DER)")
    .option("--json", "as JSON")
    .action(async (which: string | undefined, options: Place & Brought & { json?: boolean }) => {
      const place = placeOf(options);
      const given = [which, options.file, options.authority, options.issuer, options.crl].filter(
        (each) => each !== undefined,
      );
      if (given.length > 1) {
        const what = "one of: a device or fingerprint, --file, --authority, --issuer, --crl";
        throw new PlanciaError("request/invalid", what);
      }
      if (options.crl !== undefined)
        return showLists([await actions.addRevocations(place, options.crl)], options, terminal);
      const role = options.authority ? "authority" : options.issuer ? "issuer" : "device";
      const file = options.file ?? options.authority ?? options.issuer;
      if (which === undefined && file === undefined) {
        const waiting = (await actions.certificates(place)).filter(({ state }) => state === "quarantine");
        return listCertificates(waiting, options, terminal);
      }
      const entry = await (file ? actions.trustFile(place, file, role) : actions.trust(place, which ?? ""));
      decided(entry, options, terminal);
    });
  verb(program, "reject <device-or-fingerprint>", "refuse a device's certificate from now on, also a trusted one")
    .option("--json", "as JSON")
    .action(async (which: string, options: Place & { json?: boolean }) => {
      decided(await actions.reject(placeOf(options), which), options, terminal);
    });
}

function decided(entry: CertificateEntry, options: { json?: boolean }, terminal: Terminal): void {
  if (options.json) terminal.out(JSON.stringify(entry, undefined, 2));
  else
    terminal.out(
      table([
        [`${entry.state} ${entry.role === "device" ? "" : `${entry.role} `}${entry.fingerprint} (${entry.subject})`],
      ]),
    );
}
