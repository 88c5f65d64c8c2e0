import { PlanciaError } from "../core/errors.ts";
import type { UserRecord } from "../core/records-port.ts";
import type { FactorStore } from "../core/second-factor-port.ts";
import { type Actor, type AddUserInput, addUser, changeUser, type PeopleWork } from "./people.ts";
import { resetFactor } from "./second-factor.ts";

/** What the command line does to people, on the data folder, whether the gateway runs or not. Whoever may write there needs no sign-in. */
export type LocalPeopleSettings = Omit<PeopleWork, "changed"> & { readonly factors: FactorStore };

/** `plancia user add`. @throws PlanciaError request/invalid, user/password-*, user/exists, store/unavailable. */
export function addUserLocally(settings: LocalPeopleSettings, input: AddUserInput): Promise<UserRecord> {
  return addUser(quiet(settings), localActor(), input);
}

/** The first administrator of a start without a browser. @throws as `addUserLocally`. */
export function addFirstAdministrator(
  settings: LocalPeopleSettings,
  input: Pick<AddUserInput, "name" | "language" | "password">,
): Promise<UserRecord> {
  const by: Actor = { who: "system:first-start", address: "local", signInId: undefined };
  return addUser(quiet(settings), by, { ...input, role: "administrator", equipment: ["*"] });
}

/** `plancia user list`, by name. */
export function listUsersLocally(settings: LocalPeopleSettings): Promise<readonly UserRecord[]> {
  return settings.people.listUsers();
}

/** `plancia user disable`: sign-ins, tokens and sockets end within 1 s. @throws PlanciaError request/not-found, request/conflict. */
export async function disableUserLocally(settings: LocalPeopleSettings, name: string): Promise<UserRecord> {
  const user = await byName(settings, name);
  return changeUser(quiet(settings), localActor(), user.id, { disabled: true });
}

/** `plancia user password`: ends the sign-ins of that user. @throws PlanciaError request/not-found, user/password-*. */
export async function setPasswordLocally(
  settings: LocalPeopleSettings,
  name: string,
  password: string,
): Promise<UserRecord> {
  const user = await byName(settings, name);
  return changeUser(quiet(settings), localActor(), user.id, { password });
}

/** `plancia user reset-factor`: the way back for whoever lost it. @throws PlanciaError request/not-found. */
export async function resetFactorLocally(settings: LocalPeopleSettings, name: string): Promise<void> {
  await resetFactor(quiet(settings), localActor(), await byName(settings, name));
}

async function byName(settings: LocalPeopleSettings, name: string): Promise<UserRecord> {
  const user = await settings.people.findUserByName(name);
  if (user === undefined)
    throw new PlanciaError("request/not-found", `There is no user ${name}; see: plancia user list`);
  return user;
}

/** The running gateway notices by itself. */
function quiet(settings: LocalPeopleSettings): PeopleWork & { readonly factors: FactorStore } {
  return { ...settings, changed: async () => {} };
}

function localActor(): Actor {
  return { who: "system:command-line", address: "local", signInId: undefined };
}
