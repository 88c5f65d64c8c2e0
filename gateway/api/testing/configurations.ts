import type { AuditWriter } from "../../core/audit-port.ts";
import type { Clock } from "../../core/clock.ts";
import type { Plant } from "../../core/plant.ts";
import type { ControlChanges } from "../../services/acceptance/acceptance.ts";
import { ConfigurationDesk } from "../../services/configuration-desk.ts";
import type { FactorGate } from "../../services/factor-gate.ts";
import { TagSheetDesk } from "../../services/tag-sheets.ts";
import {
  MemoryConfigurationFile,
  MemoryConfigurations,
  MemoryTagSheets,
} from "../../services/testing/configurations.ts";

export interface ConfigurationsParts {
  readonly plant: Plant;
  readonly changes: ControlChanges;
  readonly gate: FactorGate;
  readonly audit: Pick<AuditWriter, "append">;
  readonly clock: Clock;
}

/** A plant whose file says what runs: a hall by its name. */
export class ConfigurationsBench {
  readonly store = new MemoryConfigurations();
  readonly file: MemoryConfigurationFile;
  readonly desk: ConfigurationDesk;
  readonly sheets: TagSheetDesk;

  constructor(parts: ConfigurationsParts) {
    const running = JSON.stringify({ site: { name: "Hall" } });
    this.file = new MemoryConfigurationFile(running);
    this.desk = new ConfigurationDesk({ ...parts, running, file: this.file, store: this.store });
    const { desk, store } = this;
    this.sheets = new TagSheetDesk({ ...parts, file: new MemoryTagSheets(this.file), desk, store });
  }
}
