import type { AuditReading } from "./use-cases.ts";

/** What may be read of the audit, out of the parts that do it. */
export function auditReading(
  desk: Pick<AuditReading, "list" | "state" | "onChange">,
  exporting: Pick<AuditReading, "export">,
  anchors: Pick<AuditReading, "anchors" | "verify">,
): AuditReading {
  return {
    list: (caller, question) => desk.list(caller, question),
    export: (caller, format, filter) => exporting.export(caller, format, filter),
    anchors: (caller, page) => anchors.anchors(caller, page),
    verify: (caller) => anchors.verify(caller),
    state: () => desk.state(),
    onChange: (listener) => desk.onChange(listener),
  };
}
