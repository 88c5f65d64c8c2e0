import { randomUUID } from "node:crypto";
import type { Command, CommandProblem } from "../../gateway/api/wire/command.ts";
import type { ControlView, EquipmentView } from "../../gateway/api/wire/equipment.ts";
import { LiveView } from "./live-view.ts";
import { type Answer, Person } from "./person.ts";
import { password } from "./plant.ts";

type Outcome = Answer<Command & CommandProblem>;

/** Value or arguments of a command, as they go out with the select and again with the operate. */
export interface Wanted {
  readonly value?: unknown;
  readonly arguments?: Readonly<Record<string, unknown>>;
}

/**
 * Somebody who operates machines from a page: signed in, a socket that answers for control, and what
 * the page's buttons send. `url` may be a proxy's.
 */
export class Operator {
  readonly person: Person;
  #awake = true;
  #view: LiveView;

  private constructor(person: Person, view: LiveView) {
    this.person = person;
    this.#view = view;
    this.#listen();
  }

  static async enter(url: string, name: string, tags: readonly string[] = ["*"]): Promise<Operator> {
    const person = await Person.signIn(url, name, password);
    return new Operator(person, await person.watch(tags));
  }

  /** A page that sleeps answers nothing that the gateway asks; its sockets stay. */
  sleep(): void {
    this.#awake = false;
  }

  wake(): void {
    this.#awake = true;
  }

  get view(): LiveView {
    return this.#view;
  }

  /** The page is loaded anew, or its network is back. */
  async reconnect(tags: readonly string[] = ["*"]): Promise<void> {
    this.#view.close();
    this.#view = await LiveView.open(this.person.url, this.person.accessToken, tags);
    this.#listen();
  }

  take(equipment: string): Promise<Answer<ControlView & CommandProblem>> {
    return this.person.post(`/equipment/${equipment}/lease`, {});
  }

  /** @throws Error with what stands in the way. */
  async takes(...machines: readonly string[]): Promise<void> {
    for (const machine of machines) {
      const { status, body } = await this.take(machine);
      if (status !== 200) throw new Error(`control of ${machine}: ${body.detail}`);
    }
  }

  /** Giving back what one does not have is no change. Straight to the gateway at `url`, where that is another way. */
  async release(equipment: string, url = this.person.url): Promise<void> {
    const headers = { authorization: `Bearer ${this.person.accessToken}` };
    const response = await fetch(`${url}/api/v1/equipment/${equipment}/lease`, { method: "DELETE", headers });
    await response.body?.cancel();
  }

  async machine(equipment: string): Promise<EquipmentView> {
    return (await this.person.get<EquipmentView>(`/equipment/${equipment}`)).body;
  }

  async holds(equipment: string): Promise<boolean> {
    return (await this.machine(equipment)).control.mine;
  }

  async select(target: string, wanted: Wanted = {}, key: string = randomUUID()): Promise<Outcome> {
    return this.person.post("/commands", { target, ...wanted, key, ticket: await this.person.ticket() });
  }

  /** With the newest ticket, unless another one is given. */
  async operate(
    id: string,
    wanted: Wanted & { readonly ticket?: string; readonly wait?: number } = {},
  ): Promise<Outcome> {
    const ticket = wanted.ticket ?? (await this.person.ticket());
    return this.person.post(`/commands/${id}/operate`, { ...wanted, ticket });
  }

  async approve(id: string): Promise<Outcome> {
    return this.person.post(`/commands/${id}/approve`, { ticket: await this.person.ticket() });
  }

  /** Selected and operated; the outcome of the operate. */
  async command(target: string, wanted: Wanted & { readonly wait?: number } = {}): Promise<Outcome> {
    const { wait, ...asked } = wanted;
    const selected = await this.select(target, asked);
    if (selected.body.state !== "SELECTED") return selected;
    return this.operate(selected.body.id, { ...asked, ...(wait === undefined ? {} : { wait }) });
  }

  async recorded(id: string): Promise<Command> {
    return (await this.person.get<Command>(`/commands/${id}`)).body;
  }

  close(): void {
    this.#view.close();
  }

  #listen(): void {
    const { socket } = this.#view;
    socket.on("message", (data: Buffer) => {
      const message = JSON.parse(data.toString());
      if (message.type !== "lease-prompt" || !this.#awake || socket.readyState !== socket.OPEN) return;
      socket.send(JSON.stringify({ type: "lease-alive", n: message.n, visible: true, active: true }));
    });
  }
}

/** The causes of a refusal. */
export function causesOf({ body }: Outcome): readonly string[] {
  return (body.causes ?? []).map(({ cause }) => cause);
}
