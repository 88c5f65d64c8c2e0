import { allows, type Caller } from "../core/access/policy.ts";
import type { AuditWriter } from "../core/audit-port.ts";
import type { Clock } from "../core/clock.ts";
import { PlanciaError } from "../core/errors.ts";
import { redactText, redactTree } from "../core/redact.ts";
import { auditEntry } from "./audit.ts";

/** A bundle for support that a person can read through before he sends it: one JSON document, secrets left out. */
export interface Diagnostics {
  /** On the audit's record first. @throws PlanciaError auth/forbidden, store/unavailable. */
  make(caller: Caller): Promise<string>;
}

export interface DiagnosticsParts {
  /** Name of a part → what it says now. What throws is told in its place. */
  readonly parts: Readonly<Record<string, () => unknown>>;
  /** Values that must not appear, wherever: passwords out of the environment and files. */
  secrets(): Promise<readonly string[]>;
  readonly clock: Clock;
}

const format = "plancia-diagnostics-1";

/** The document. Never throws for a part that cannot be asked. */
export async function diagnosticsText({ parts, secrets, clock }: DiagnosticsParts): Promise<string> {
  const told: Record<string, unknown> = { format, madeAt: new Date(clock.wallMs()).toISOString() };
  const hidden = await secrets();
  for (const [name, tell] of Object.entries(parts)) {
    try {
      told[name] = redactTree(await tell(), hidden);
    } catch (error) {
      told[name] = { error: redactText(error instanceof Error ? error.message : String(error), hidden) };
    }
  }
  // Once more over all of it: what was cut into pieces, or stands in a name.
  return `${redactText(JSON.stringify(told, undefined, 2), hidden)}\n`;
}

export class DiagnosticsDesk implements Diagnostics {
  readonly #parts: DiagnosticsParts;
  readonly #audit: Pick<AuditWriter, "append">;

  constructor(parts: DiagnosticsParts, audit: Pick<AuditWriter, "append">) {
    this.#parts = parts;
    this.#audit = audit;
  }

  async make(caller: Caller): Promise<string> {
    if (!allows(caller, "system:backup")) throw new PlanciaError("auth/forbidden", "Not in your role");
    const { name: who, address } = caller;
    const at = this.#parts.clock.wallMs();
    await this.#audit.append(auditEntry({ at, class: "administration", action: "diagnostics.made", who, address }));
    return diagnosticsText(this.#parts);
  }
}
