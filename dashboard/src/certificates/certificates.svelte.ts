import { NoAnswer, Refusal } from "../api/client.ts";
import type { CertificateList, CertificateView, OwnCertificateView, RevocationListView } from "../api/wire.ts";
import { say, type WordKey } from "../i18n/language.svelte.ts";
import { Fetched } from "../live/fetched.svelte.ts";
import { link } from "../live/link.svelte.ts";
import { session } from "../session/session.svelte.ts";
import { faultWords } from "./fault-words.ts";

const rules: ReadonlyMap<string, WordKey> = new Map([
  ["request/not-found", "certificate.why-gone"],
  ["request/invalid", "certificate.why-invalid"],
  ["auth/forbidden", "forbidden.title"],
  ["auth/step-up-required", "factor.needs-code"],
  ["auth/factor-required", "factor.needs-set-up"],
  ["auth/locked", "lock.refused"],
]);

/** What a file is taken as. */
export type Brought = CertificateView["role"] | "list";

/** Certificates of devices, and decisions on them. A decision is sent once and never by itself again. */
export class CertificateBook {
  readonly list = new Fetched(() => session.call<CertificateList>("/certificates"));
  /** A decision is on its way: no second one beside it. */
  busy = $state(false);
  /** Why the last one was not done; undefined: it was. */
  problem = $state<string | undefined>(undefined);

  /** Resolves with whether it was done. */
  decide({ fingerprint }: CertificateView, state: "trusted" | "rejected"): Promise<boolean> {
    return this.#send(`/certificates/${fingerprint}`, "PATCH", { state });
  }

  /** What was brought as a file, PEM or DER, as what the person says that it is. */
  bring(driver: string, content: Uint8Array, as: Brought): Promise<boolean> {
    if (as === "list") return this.#send("/certificates/revocations", "POST", { driver, list: asText(content) });
    return this.#send("/certificates", "POST", { driver, pem: asPem(content), role: as });
  }

  /** The gateway's own: a new one, or back to the one of before. */
  changeOwn({ driver }: OwnCertificateView, use: "new" | "before"): Promise<boolean> {
    return this.#send(`/certificates/own/${driver}`, "PATCH", { use });
  }

  async #send(path: string, method: "PATCH" | "POST", body: unknown): Promise<boolean> {
    this.problem = link.live ? undefined : say.t("page.not-sent");
    if (!link.live) return false;
    this.busy = true;
    try {
      await session.call<CertificateView | RevocationListView | OwnCertificateView>(path, { method, body });
      return true;
    } catch (error) {
      if (error instanceof NoAnswer) this.problem = say.t("page.no-answer-maybe");
      else if (error instanceof Refusal) this.problem = wordsOf(error);
      else throw error;
      return false;
    } finally {
      this.busy = false;
      void this.list.load();
    }
  }
}

function wordsOf({ problem }: Refusal): string {
  const { code, detail } = problem;
  if (code === "request/invalid" && detail !== undefined && !detail.includes("in PEM form")) {
    const words = faultWords(detail, say.code);
    return words.charAt(0).toUpperCase() + words.slice(1);
  }
  const word = rules.get(code);
  return word ? say.t(word) : `${detail ?? problem.title} (${code})`;
}

const isPem = (content: Uint8Array) => content[0] !== 0x30;

/** PEM as it is, DER as base64. */
function asText(content: Uint8Array): string {
  if (isPem(content)) return new TextDecoder().decode(content);
  let bytes = "";
  for (const byte of content) bytes += String.fromCharCode(byte);
  return btoa(bytes);
}

function asPem(content: Uint8Array): string {
  if (isPem(content)) return asText(content);
  const lines = asText(content).match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}

/** @param pem one certificate. */
export function derOf(pem: string): Uint8Array<ArrayBuffer> {
  const base64 = pem.replaceAll(/-----[A-Z ]+-----/g, "").replaceAll(/\s/g, "");
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** In groups of four, as people compare them. */
export function inGroups(fingerprint: string): string {
  return (
    fingerprint
      .toUpperCase()
      .match(/.{1,4}/g)
      ?.join(" ") ?? fingerprint
  );
}
