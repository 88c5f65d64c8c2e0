import type { SignedHead } from "../core/audit/signed-head.ts";
import type { Place } from "./actions.ts";

export interface AuditFound {
  readonly ok: boolean;
  readonly entries: number;
  /** The first place that does not hold. */
  readonly broken: string | undefined;
}

export interface AuditActions {
  /** @param given a file of anchors that were kept elsewhere, and the public key (a file or its letters). */
  verifyAudit(
    place: Place,
    given: { readonly anchors: string | undefined; readonly key: string | undefined },
  ): Promise<AuditFound & { readonly anchors: number }>;
  /** An export, by itself and the public key. */
  verifyExport(
    place: Place,
    file: string,
    key: string | undefined,
  ): Promise<AuditFound & { readonly head: SignedHead | undefined }>;
  makeAnchor(place: Place): Promise<SignedHead>;
  /** Oldest first. */
  anchors(place: Place): Promise<readonly SignedHead[]>;
  /** PEM. */
  auditKey(place: Place): Promise<string>;
}
