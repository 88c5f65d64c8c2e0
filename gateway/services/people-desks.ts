import type {
  AccessTokens,
  LoginBackOff,
  OneTimeCodes,
  Passwords,
  Seals,
  Secrets,
} from "../core/access/credentials-port.ts";
import type { IdentityProvider } from "../core/access/identity-provider-port.ts";
import { type PasskeyPlace, passkeyPlace } from "../core/access/passkey-site.ts";
import type { AccessStore } from "../core/access-port.ts";
import type { Clock, Timers } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { PasskeyCeremonies, PasskeyStore } from "../core/passkey-port.ts";
import type { Plant, SecuritySettings } from "../core/plant.ts";
import type { PeopleStore } from "../core/records-port.ts";
import type { FactorStore } from "../core/second-factor-port.ts";
import { ProgramDesk } from "./access/programs.ts";
import type { AuditDesk } from "./audit.ts";
import { boundedFailures } from "./bounded-failures.ts";
import { FactorCheck } from "./factor-check.ts";
import { type FactorGate, factorGate } from "./factor-gate.ts";
import { FactorOwner } from "./factor-owner.ts";
import type { KnownCallers } from "./known-callers.ts";
import { LinkTries } from "./link-tries.ts";
import { OpenSignInDesk } from "./open-sign-ins.ts";
import { JoiningDesk } from "./organisations/joining.ts";
import { MemberDesk } from "./organisations/members.ts";
import { OrganisationDesk } from "./organisations/organisations.ts";
import { PasskeyCheck } from "./passkey-check.ts";
import { PasskeyDesk } from "./passkeys.ts";
import { PeopleDesk } from "./people.ts";
import { ScreenLockDesk } from "./screen-lock.ts";
import { SecondFactorDesk } from "./second-factor.ts";
import { SignInAlarmDesk } from "./sign-in-alarms.ts";
import { SignInDesk } from "./sign-ins.ts";
import { type SingleSignOn, SingleSignOnDesk } from "./single-sign-on.ts";

export interface PeopleParts {
  readonly people: PeopleStore;
  readonly access: AccessStore;
  readonly factors: FactorStore;
  readonly passkeys: PasskeyStore;
  readonly ceremonies: PasskeyCeremonies;
  /** Where the gateway is reached, for passkeys; absent: nowhere that has them. */
  readonly passkeyPlace?: PasskeyPlace;
  readonly known: KnownCallers;
  readonly passwords: Passwords;
  readonly tokens: AccessTokens;
  readonly secrets: Secrets;
  readonly codes: OneTimeCodes;
  readonly seals: Seals;
  readonly backOff: LoginBackOff;
  readonly providers?: readonly IdentityProvider[];
  readonly audit: Pick<AuditDesk, "append" | "note">;
  readonly security: SecuritySettings;
  /** Machines that tokens can be for; none where it is not given. */
  readonly equipment?: Plant["equipment"];
  readonly clock: Clock;
  /** By which sign-ins end; the clock of dates and of codes may jump. */
  readonly passing?: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

/** Everything about who somebody is and what shows it, over one back-off and one check of second factors. */
export interface PeopleDesks {
  readonly signIns: SignInDesk;
  readonly signInAlarms: SignInAlarmDesk;
  readonly openSignIns: OpenSignInDesk;
  readonly screens: ScreenLockDesk;
  readonly factors: SecondFactorDesk;
  readonly passkeys: PasskeyDesk;
  readonly people: PeopleDesk;
  readonly organisations: OrganisationDesk;
  readonly members: MemberDesk;
  readonly joining: JoiningDesk;
  readonly gate: FactorGate;
  readonly programs: ProgramDesk;
  readonly singleSignOn: SingleSignOn;
}

export function peopleDesks(given: PeopleParts): PeopleDesks {
  const audit = boundedFailures(given.audit, given.clock, given.timers);
  const parts = { ...given, audit, organisations: given.access };
  const { known, security } = parts;
  const limits = security.signIn;
  const byPassing = { ...parts, clock: parts.passing ?? parts.clock, dates: parts.clock };
  const place = given.passkeyPlace ?? passkeyPlace(undefined, "");
  const hasFactor = ({ signInId }: { signInId: string }) => known.find(signInId)?.user.factorSince !== undefined;
  const gate = factorGate({ security, clock: parts.clock, audit: parts.audit, hasFactor });
  const signInAlarms = new SignInAlarmDesk({ ...parts, gate, id: () => parts.secrets.id() });
  const questions = new PasskeyCheck({ ...parts, place, alarms: signInAlarms });
  const check = new FactorCheck({ ...parts, passkeys: questions });
  const owner = new FactorOwner({ ...parts, check });
  const changed = () => known.refresh();
  const tenants = { ...parts, store: given.access, gate, changed };
  const links = new LinkTries(parts);
  const signIns = new SignInDesk({ ...byPassing, factor: check, questions, limits, links, alarms: signInAlarms });
  return {
    ...{ signIns, signInAlarms },
    singleSignOn: new SingleSignOnDesk({ ...parts, providers: parts.providers ?? [], signIns, changed }),
    openSignIns: new OpenSignInDesk({ ...byPassing, gate, limits, changed }),
    screens: new ScreenLockDesk({ ...byPassing, check }),
    factors: new SecondFactorDesk({ ...parts, check, gate, owner, changed }),
    passkeys: new PasskeyDesk({ ...parts, questions, check, owner, changed }),
    people: new PeopleDesk({ ...parts, gate, changed }),
    organisations: new OrganisationDesk(tenants),
    members: new MemberDesk(tenants),
    programs: new ProgramDesk({ ...tenants, equipment: parts.equipment ?? [], passing: byPassing.clock }),
    joining: new JoiningDesk({ ...tenants, signIns, links }),
    gate,
  };
}
