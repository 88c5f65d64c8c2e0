import type { Passwords, Secrets } from "../../core/access/credentials-port.ts";
import type { AccessStore } from "../../core/access-port.ts";
import { PlanciaError } from "../../core/errors.ts";
import type { PeopleStore, UserRecord } from "../../core/records-port.ts";
import type { LinkTries } from "../link-tries.ts";
import { onRecord, type PeopleSettings } from "../people.ts";
import type { SignInDesk } from "../sign-ins.ts";
import type { Origin, SignInAnswer } from "../use-cases.ts";

/** From the link of an invitation to an account with a password. */
export interface Joining {
  /**
   * Once: chooses the password and signs in.
   * @throws PlanciaError auth/link-used, auth/slow-down, user/password-* which leaves the link as it is.
   */
  join(input: { readonly secret: string; readonly password: string }, origin: Origin): Promise<SignInAnswer>;
}

export interface JoiningSettings extends Pick<PeopleSettings, "audit" | "clock" | "changed"> {
  readonly store: AccessStore;
  readonly people: Pick<PeopleStore, "findUser" | "updateUser">;
  readonly passwords: Passwords;
  readonly secrets: Pick<Secrets, "hash">;
  readonly signIns: Pick<SignInDesk, "begin">;
  readonly links: LinkTries;
}

export class JoiningDesk implements Joining {
  readonly #with: JoiningSettings;

  constructor(settings: JoiningSettings) {
    this.#with = settings;
  }

  async join({ secret, password }: { secret: string; password: string }, origin: Origin): Promise<SignInAnswer> {
    const { store, people, passwords, secrets, clock, signIns } = this.#with;
    const hash = secrets.hash(secret);
    const user = await this.#with.links.counted(origin, () => this.#invited(hash));
    passwords.checkQuality(password, user.name);
    const passwordHash = await passwords.hash(password);
    const actor = { who: user.name, address: origin.address, signInId: undefined };
    const detail = user.organisation === undefined ? {} : { organisation: user.organisation };
    const joined = await onRecord(
      this.#with,
      actor,
      { action: "member.joined", target: user.name, detail },
      async () => {
        if (!(await store.takeInvitation(hash, clock.wallMs()))) throw linkUsed();
        return people.updateUser(user.id, { passwordHash });
      },
    );
    if (joined === undefined) throw linkUsed();
    return signIns.begin(joined, origin);
  }

  /** Whose link this is, where that person may come in with it now. */
  async #invited(hash: string): Promise<UserRecord> {
    const { store, people, clock } = this.#with;
    const invitation = await store.findInvitation(hash, clock.wallMs());
    const user = invitation && (await people.findUser(invitation.userId));
    const organisation = user?.organisation === undefined ? undefined : await store.findOrganisation(user.organisation);
    if (user === undefined || user.disabled || organisation?.disabled || user.passwordHash !== undefined)
      throw linkUsed();
    return user;
  }
}

function linkUsed(): PlanciaError {
  return new PlanciaError("auth/link-used", "The link is used up or too old; ask for a new one");
}
