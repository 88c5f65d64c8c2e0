import { NoAnswer, Refusal } from "../api/client.ts";
import type { PersonLinkView, UserView } from "../api/wire.ts";
import { Fetched } from "../live/fetched.svelte.ts";
import { link } from "../live/link.svelte.ts";
import { session } from "../session/session.svelte.ts";
import { type PersonReason, type PersonRequest, personReasons } from "./form.ts";

/** Asked once more at most: the whole list of a site fits into one page of the gateway. */
const mostPeople = 1000;

/** The people of the gateway, and changes to them. A change is sent once and never by itself again. */
export class PeopleBook {
  readonly list = new Fetched(async () => {
    const page = await session.call<{ items: readonly UserView[] }>(`/users?limit=${mostPeople}`);
    return page.items;
  });
  /** A change is on its way: no second one beside it. */
  busy = $state(false);
  /** A one-time link that was made just now: it is shown this once. */
  link = $state.raw<PersonLinkView | undefined>(undefined);

  /** Resolves with the reasons why it was not done; none: it was. */
  add(request: PersonRequest): Promise<readonly PersonReason[]> {
    return this.#send("/users", "POST", request);
  }

  /** A person without a password, and the link to be handed over. Where the link fails the person is there, and it is made from the list. */
  async invite(request: PersonRequest): Promise<readonly PersonReason[]> {
    let added: UserView | undefined;
    const reasons = await this.#send("/users", "POST", request, (user) => {
      added = user;
    });
    return added === undefined ? reasons : this.makeLink(added.id);
  }

  makeLink(id: string): Promise<readonly PersonReason[]> {
    return this.#send<PersonLinkView>(`/users/${encodeURIComponent(id)}/link`, "POST", undefined, (made) => {
      this.link = made;
    });
  }

  change(id: string, request: PersonRequest & { readonly disabled?: boolean }): Promise<readonly PersonReason[]> {
    return this.#send(`/users/${encodeURIComponent(id)}`, "PATCH", request);
  }

  /** Takes a lost second factor away. */
  resetFactor(id: string): Promise<readonly PersonReason[]> {
    return this.#send(`/users/${encodeURIComponent(id)}/factor`, "DELETE", undefined);
  }

  async #send<Answer = UserView>(
    path: string,
    method: "POST" | "PATCH" | "DELETE",
    body: unknown,
    done: (answer: Answer) => void = () => undefined,
  ): Promise<readonly PersonReason[]> {
    if (!link.live) return [{ field: undefined, rule: "no-link" }];
    this.busy = true;
    try {
      done(await session.call<Answer>(path, { method, body }));
      return [];
    } catch (error) {
      if (error instanceof Refusal) return personReasons(error.problem);
      if (error instanceof NoAnswer) return [{ field: undefined, rule: "no-answer" }];
      throw error;
    } finally {
      this.busy = false;
      void this.list.load();
    }
  }
}
