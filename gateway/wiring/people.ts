import { LoginBackOffTables } from "../auth/backoff.ts";
import type { InstallationKey } from "../auth/installation-key.ts";
import { OidcProvider } from "../auth/oidc/provider.ts";
import { createOneTimeCodes } from "../auth/one-time-codes.ts";
import { createPasskeyCeremonies } from "../auth/passkeys.ts";
import { createPasswords } from "../auth/passwords.ts";
import { createSeals } from "../auth/seals.ts";
import { createSecrets } from "../auth/secrets.ts";
import { TokenKeyRing } from "../auth/token-keys.ts";
import { accessTokenLifetimeS, createAccessTokens } from "../auth/tokens.ts";
import { passkeyPlace } from "../core/access/passkey-site.ts";
import type { Timers } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { Plant } from "../core/plant.ts";
import { systemClock as clock } from "../kit/clock.ts";
import type { RightsClock } from "../kit/rights-clock.ts";
import { GrantDesk } from "../services/access/grants.ts";
import { siteOfRights } from "../services/access/rights-table.ts";
import type { AuditDesk } from "../services/audit.ts";
import { BookingDesk } from "../services/bookings.ts";
import { KnownCallers } from "../services/known-callers.ts";
import { peopleDesks } from "../services/people-desks.ts";
import type { Records } from "../stores/records/records.ts";
import { headlessAdministrator } from "./first-start.ts";

export interface PeopleOpening {
  readonly plant: Plant;
  readonly records: Records;
  readonly audit: AuditDesk;
  readonly key: InstallationKey;
  readonly rights: RightsClock;
  readonly timers: Timers;
  readonly log: Log;
  readonly opened: { add(close: () => void | Promise<void>): void };
}

/** People, their sign-ins and their bookings. @throws PlanciaError store/unavailable, start/read-only. */
export async function openPeople({ plant, records, audit, rights, key, timers, log, opened }: PeopleOpening) {
  const secrets = createSecrets(key);
  const { people, access, factors, passkeys, bookings: store } = records;
  const { security, site, server } = plant;
  const { passing } = rights;
  const known = new KnownCallers({
    ...{ people, limits: security.signIn, clock: passing, timers, log },
    site: siteOfRights(plant),
  });
  await known.start();
  opened.add(() => known.stop());
  const passwords = createPasswords({ siteNames: [site.id, site.name] });
  const lifetimeMs = accessTokenLifetimeS * 1000;
  const ring = { store: records.installation, installation: key, lifetimeMs, clock: passing, timers, log };
  const keys = new TokenKeyRing(ring);
  await keys.start();
  opened.add(() => keys.stop());
  const desks = peopleDesks({
    ...{ people, access, factors, passkeys, known, passwords, secrets, audit, security, clock, passing, timers, log },
    equipment: plant.equipment,
    tokens: createAccessTokens({ keys, issuer: plant.gatewayId, clock: passing }),
    codes: createOneTimeCodes(`Plancia ${site.name}`.replaceAll(":", " ")),
    seals: createSeals(key),
    ceremonies: createPasskeyCeremonies(log),
    passkeyPlace: passkeyPlace(server.publicUrl, site.name),
    backOff: new LoginBackOffTables(clock),
    providers: (security.providers ?? []).map(
      (provider) =>
        new OidcProvider({
          provider,
          publicUrl: server.publicUrl ?? "",
          allow: security.outbound?.allow ?? [],
          clock,
          log,
        }),
    ),
  });
  await desks.signInAlarms.restore(records.audit);
  desks.screens.start();
  opened.add(() => desks.screens.stop());
  const onChanged = (): void => void known.refresh();
  const mayEnter = known.mayEnter.bind(known);
  const bookings = new BookingDesk({ plant, store, people, mayEnter, audit, clock, gate: desks.gate, onChanged });
  const grants = new GrantDesk({
    ...{ plant, people, audit, clock, gate: desks.gate, bookings: store, store: access },
    changed: () => known.refresh(),
    id: () => secrets.id(),
  });
  return {
    ...{ ...desks, grants, bookings, known, secrets },
    async firstAdministrator(environment: Readonly<Record<string, string | undefined>>): Promise<void> {
      await headlessAdministrator(
        environment,
        { people, organisations: access, factors, passwords, secrets, audit, clock },
        log,
      );
      await known.reload();
    },
  };
}
