import type { Log } from "../core/log.ts";
import type { Plant } from "../core/plant.ts";
import { systemClock as clock } from "../kit/clock.ts";
import type { GuardedTimers } from "../kit/guarded-timers.ts";
import type { RightsClock } from "../kit/rights-clock.ts";
import { CommissioningDesk } from "../services/acceptance/commissioning.ts";
import type { Acquisition } from "../services/acquisition/acquisition.ts";
import { type AuditDesk, denialNotes } from "../services/audit.ts";
import { DerivedDesk } from "../services/derived/derived-desk.ts";
import type { DerivedTags } from "../services/derived/derived-tags.ts";
import { EquipmentDesk } from "../services/equipment.ts";
import { HistoryDesk } from "../services/history.ts";
import { exportNotes } from "../services/history-export.ts";
import type { Image } from "../services/image.ts";
import { NoticeDesk } from "../services/notice.ts";
import type { UseCases } from "../services/use-cases.ts";
import type { DataFolder } from "../stores/folder/data-folder.ts";
import type { Records } from "../stores/records/records.ts";
import { certificatesOf } from "./certificates.ts";
import type { OpenedControl } from "./control.ts";
import type { openHistory } from "./history.ts";
import { openKiosks } from "./kiosks.ts";
import type { openPeople } from "./people.ts";

type OpenedPeople = Awaited<ReturnType<typeof openPeople>>;

export interface UseCaseParts {
  readonly plant: Plant;
  readonly version: string;
  readonly folder: DataFolder;
  readonly records: Records;
  readonly audit: AuditDesk;
  readonly reading: UseCases["audit"];
  readonly rights: RightsClock;
  readonly people: OpenedPeople;
  readonly image: Image;
  readonly acquisition: Acquisition;
  readonly derived: DerivedTags;
  readonly history: Awaited<ReturnType<typeof openHistory>>;
  readonly opening: OpenedControl;
  readonly certificate: UseCases["certificate"];
  readonly configurations: UseCases["configurations"];
  readonly tagSheets: UseCases["tagSheets"];
  readonly timers: GuardedTimers;
  readonly log: Log;
  readonly opened: { add(close: () => void | Promise<void>): void };
}

/** What the API and the door of this machine offer, but for the diagnostics that read all of it. */
export function useCasesOf(parts: UseCaseParts): Omit<UseCases, "diagnostics"> {
  const { plant, version, folder, records, audit, reading, rights, people, image, acquisition, history } = parts;
  const { opening, certificate, configurations, tagSheets, derived, timers, log, opened } = parts;
  const { desk, control, commands, acceptance: changes } = opening;
  const { secrets, bookings, gate } = people;
  const equipment = new EquipmentDesk(desk);
  return {
    plant,
    version,
    startedAtMs: clock.wallMs(),
    values: image,
    devices: acquisition,
    offers: acquisition,
    derived: new DerivedDesk(plant, derived, equipment),
    certificates: certificatesOf({
      ...{ folder, devices: acquisition, gate, audit, timers, log, opened },
      renewBeforeMs: plant.security.renewCertificatesMs,
    }),
    ...partsOfPeople(people),
    bookings,
    audit: reading,
    notices: new NoticeDesk({ plant, store: records.installation, audit, clock }),
    equipment,
    commands,
    kiosks: openKiosks({ ...opening, records, secrets, equipment, bookings }),
    control,
    changes,
    configurations,
    tagSheets,
    commissioning: new CommissioningDesk({ plant, changes, clock: rights.standing }),
    tickets: desk.tickets,
    history: new HistoryDesk(plant, history.store),
    certificate,
    targets: () => history.forwarders.map((forwarder) => forwarder.status()),
    historyExported: exportNotes(audit, clock),
    denied: denialNotes(audit, clock),
    computed: () => derived.counts(),
    timerFailures: () => timers.failures,
  };
}

function partsOfPeople(desks: OpenedPeople) {
  const { signIns, signInAlarms, openSignIns, singleSignOn, screens, factors, passkeys, people, grants, ...more } =
    desks;
  const { organisations, members, joining, programs } = more;
  const signingIn = { signIns, signInAlarms, openSignIns, singleSignOn, screens, factors, passkeys };
  return { ...signingIn, people, grants, organisations, members, joining, programs };
}
