import { canonicalJson } from "../core/audit/canonical.ts";
import type { Log } from "../core/log.ts";
import type { Plant } from "../core/plant.ts";
import { systemClock as clock } from "../kit/clock.ts";
import type { AcceptanceDesk } from "../services/acceptance/acceptance.ts";
import type { AuditDesk } from "../services/audit.ts";
import { ConfigurationDesk, type PendingConfiguration } from "../services/configuration-desk.ts";
import type { FactorGate } from "../services/factor-gate.ts";
import { TagSheetDesk } from "../services/tag-sheets.ts";
import type { Records } from "../stores/records/records.ts";
import { checkedBeside, type FilePlace } from "./checked-file.ts";
import { placeConfiguration } from "./place-configuration.ts";
import { plainPlant } from "./plain-plant.ts";
import { sheetsBeside } from "./tag-sheets.ts";

export interface ConfigurationParts {
  /** As the file has it, without what the command line said at the start. */
  readonly configured: Plant;
  readonly configuration: string;
  readonly place: FilePlace;
  readonly records: Pick<Records, "configurations">;
  readonly acceptance: AcceptanceDesk;
  readonly gate: FactorGate;
  readonly audit: AuditDesk;
  readonly log: Log;
  readonly opened: { add(close: () => void | Promise<void>): void };
}

/** The configuration's file and versions, beside the plant that runs. SIGHUP has the file looked at, and told in the log. */
export function openConfigurations(parts: ConfigurationParts): {
  readonly configurations: ConfigurationDesk;
  readonly tagSheets: TagSheetDesk;
} {
  const { configured: plant, configuration: config, place, records, acceptance, gate, audit, log, opened } = parts;
  const store = records.configurations;
  const check = (file: string) => checkedBeside(file, place);
  const file = {
    look: () => check(config),
    put: (text: string, record: Parameters<typeof placeConfiguration>[0]["record"], expected?: string) =>
      placeConfiguration({ config, text, expected, check, record, version: (n) => store.find(n) }),
  };
  const running = canonicalJson(plainPlant(plant));
  const desk = new ConfigurationDesk({ plant, running, file, store, changes: acceptance, gate, audit, clock });
  const look = (): void => {
    desk.look().then(
      (pending) => tell(log, config, pending),
      (error: unknown) => log.error({ err: error, file: config }, "the configuration file could not be looked at"),
    );
  };
  process.on("SIGHUP", look);
  opened.add(() => {
    process.off("SIGHUP", look);
  });
  const sheets = sheetsBeside(config, place);
  return { configurations: desk, tagSheets: new TagSheetDesk({ file: sheets, desk, store, gate, audit, clock }) };
}

function tell(log: Log, file: string, pending: PendingConfiguration): void {
  switch (pending.state) {
    case "same":
      log.info({ file }, "the configuration file says what runs");
      break;
    case "invalid":
      log.error(
        { file, problems: pending.problems.slice(0, 20) },
        "the configuration file is not valid: what runs goes on, and no start would take it",
      );
      break;
    case "different": {
      const changes = pending.parts.slice(0, 50).map(({ say }) => say.en);
      const waits = pending.waits.length;
      log.warn(
        { file, changes, total: pending.parts.length, waits },
        "the configuration file is another than what runs; it takes effect at the next start",
      );
    }
  }
}
