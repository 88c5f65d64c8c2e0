import { NoAnswer, Refusal } from "../api/client.ts";
import type { CountedOrganisation, InvitedView, MembershipView } from "../api/wire.ts";
import { Fetched } from "../live/fetched.svelte.ts";
import { link } from "../live/link.svelte.ts";
import { session } from "../session/session.svelte.ts";
import { type OrganisationReason, organisationReasons } from "./reasons.ts";

interface Sent<Answer> {
  readonly answer?: Answer;
  readonly reasons: readonly OrganisationReason[];
}

/** Sends a change once. Resolves with the reasons why it was not done; none: it was. */
async function send<Answer>(path: string, method: "POST" | "PATCH" | "DELETE", body?: unknown): Promise<Sent<Answer>> {
  if (!link.live) return { reasons: [{ field: undefined, rule: "no-link" }] };
  try {
    return { answer: await session.call<Answer>(path, { method, body }), reasons: [] };
  } catch (error) {
    if (error instanceof Refusal) return { reasons: organisationReasons(error.problem) };
    if (error instanceof NoAnswer) return { reasons: [{ field: undefined, rule: "no-answer" }] };
    throw error;
  }
}

const pathOf = (id: string): string => `/organisations/${encodeURIComponent(id)}`;

/** Every organisation, for administrators. */
class OrganisationBook {
  readonly list = new Fetched(async () => {
    const { items } = await session.call<{ items: readonly CountedOrganisation[] }>("/organisations");
    return items;
  });
  /** A change is on its way: no second one beside it. */
  busy = $state(false);

  find(id: string): CountedOrganisation | undefined {
    return this.list.value?.find((one) => one.id === id);
  }

  async add(input: { id: string; name: string; kind: "host" | "guest" }): Promise<readonly OrganisationReason[]> {
    return this.#send("/organisations", "POST", input);
  }

  async change(id: string, change: { name?: string; disabled?: boolean }): Promise<readonly OrganisationReason[]> {
    return this.#send(pathOf(id), "PATCH", change);
  }

  async #send(path: string, method: "POST" | "PATCH", body: unknown): Promise<readonly OrganisationReason[]> {
    this.busy = true;
    try {
      return (await send(path, method, body)).reasons;
    } finally {
      this.busy = false;
      void this.list.load();
    }
  }
}

export const organisations = new OrganisationBook();

/** The people of one organisation, for administrators and for whoever leads it. */
export class MemberBook {
  readonly id: string;
  readonly list = new Fetched(() => session.call<MembershipView>(`${pathOf(this.id)}/members`));
  busy = $state(false);
  /** The link that was just made: shown until it is put away, and nowhere else. */
  invited = $state.raw<InvitedView | undefined>(undefined);

  constructor(id: string) {
    this.id = id;
  }

  async invite(input: { name: string; language: "it" | "en"; leads: boolean }): Promise<readonly OrganisationReason[]> {
    return this.#link(`${pathOf(this.id)}/members`, input);
  }

  async renew(user: string): Promise<readonly OrganisationReason[]> {
    return this.#link(`${this.#member(user)}/link`, undefined);
  }

  async lead(user: string, leads: boolean): Promise<readonly OrganisationReason[]> {
    return (await this.#send(this.#member(user), "PATCH", { leads })).reasons;
  }

  async remove(user: string): Promise<readonly OrganisationReason[]> {
    return (await this.#send(this.#member(user), "DELETE")).reasons;
  }

  #member(user: string): string {
    return `${pathOf(this.id)}/members/${encodeURIComponent(user)}`;
  }

  async #link(path: string, body: unknown): Promise<readonly OrganisationReason[]> {
    const { answer, reasons } = await this.#send<InvitedView>(path, "POST", body);
    this.invited = answer;
    return reasons;
  }

  async #send<Answer>(path: string, method: "POST" | "PATCH" | "DELETE", body?: unknown): Promise<Sent<Answer>> {
    this.busy = true;
    try {
      return await send<Answer>(path, method, body);
    } finally {
      this.busy = false;
      void this.list.load();
      if (session.may("organisations:manage")) void organisations.list.load();
    }
  }
}
