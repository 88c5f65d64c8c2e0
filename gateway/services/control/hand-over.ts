import { randomUUID } from "node:crypto";
import { type Caller, visibleHistory } from "../../core/access/policy.ts";
import type { CommandRecord } from "../../core/control/command.ts";
import type { Holding } from "../../core/control/lease.ts";
import { PlanciaError } from "../../core/errors.ts";
import type { HandOverNote, HandOverStore, NotedCommand } from "../../core/hand-over-port.ts";
import type { Equipment } from "../../core/plant.ts";
import type { CommandStore } from "../../core/records-port.ts";
import { toJson } from "../../core/value.ts";
import { RecentTable } from "../../kit/recent-table.ts";
import type { Devices } from "../use-cases.ts";
import type { NotePage } from "./control.ts";
import type { LeaseParts } from "./lease-parts.ts";
import type { LeaseNews, Leases } from "./leases.ts";

/** Notes that one person writes within a minute, on all machines; more are refused. */
export const notesPerMinute = 10;
const minuteMs = 60_000;
/** People whose notes are counted. */
const mostWriters = 1_000;

/** Commands in one note, and among them those without a known end. */
const notedCommands = 10;
const notedUnknown = 5;

export interface HandOverParts extends LeaseParts {
  readonly devices: Pick<Devices, "status">;
  readonly commands: Pick<CommandStore, "list">;
  readonly notes: Pick<HandOverStore, "addNote" | "notes">;
}

/**
 * R41: how the machine stands when control of it ends or passes on, written by the gateway, with what
 * the person says. Written beside what happens: a store that fails keeps nobody's control from ending.
 */
export class HandOverNotes {
  readonly #parts: HandOverParts;
  readonly #leases: Leases;
  readonly #stop: () => void;
  /** Monotonic ms of the newest notes of each person. */
  readonly #written = new RecentTable<readonly number[]>(mostWriters, minuteMs);
  readonly #writing = new Set<Promise<void>>();

  constructor(parts: HandOverParts, leases: Leases) {
    this.#parts = parts;
    this.#leases = leases;
    this.#stop = leases.onNews((news) => this.#heard(news));
  }

  /** By whoever has control. @throws PlanciaError request/rate-limited, store/unavailable. */
  async write(caller: Caller, equipment: Equipment, text: string): Promise<HandOverNote> {
    this.#count(caller);
    const holding = this.#leases.holder(equipment.id);
    const note = await this.#note(equipment, { change: "note", from: caller.name, text }, holding);
    await this.#parts.notes.addNote(note);
    return note;
  }

  /**
   * Newest first. A guest reads those of its own slots, and of commands its own: at the edge of a slot
   * the note of the guest before is written. @throws PlanciaError store/unavailable.
   */
  async list(
    caller: Caller,
    equipment: string,
    page: NotePage,
  ): Promise<{ readonly notes: readonly HandOverNote[]; readonly next: string | undefined }> {
    const notes = await this.#parts.notes.notes({ equipment, ...page });
    const next = notes.length < page.limit ? undefined : notes.at(-1)?.id;
    if (caller.role !== "guest") return { notes, next };
    const slots = visibleHistory(caller, equipment, 0, Number.MAX_SAFE_INTEGER);
    const within = (at: number): boolean => slots.some(([start, end]) => start <= at && at < end);
    const own = ({ user, at }: NotedCommand): boolean => user === caller.name && within(at);
    const visible = notes.filter(({ at, from, fromGuest }) => within(at) && (!fromGuest || from === caller.name));
    return {
      notes: visible.map((note) => ({
        ...note,
        commands: note.commands.filter(own),
        unknown: note.unknown.filter(own),
      })),
      next,
    };
  }

  async close(): Promise<void> {
    this.#stop();
    await Promise.all(this.#writing);
  }

  #count({ userId }: Caller): void {
    const now = this.#parts.clock.monotonicMs();
    const lately = (this.#written.get(userId, now) ?? []).filter((at) => now - at < minuteMs);
    const [oldest = now] = lately;
    if (lately.length >= notesPerMinute) {
      const retryAfterS = Math.ceil((oldest + minuteMs - now) / 1000);
      throw new PlanciaError("request/rate-limited", `At most ${notesPerMinute} notes a minute`, { retryAfterS });
    }
    this.#written.set(userId, [...lately, now], now);
  }

  #heard(news: LeaseNews): void {
    const { change, from, to, why } = news;
    const passed = from !== undefined && from.party.caller.signInId !== to?.caller.signInId;
    const equipment = this.#parts.plant.equipment.find((each) => each.id === news.equipment);
    if (!passed || !equipment) return;
    const said = { change, from: from.party.caller.name, to: to?.caller.name, why, text: news.reason };
    const writing = this.#note(equipment, said, from)
      .then((note) => this.#parts.notes.addNote(note))
      .catch((error) => {
        this.#parts.log.error({ err: error, equipment: equipment.id }, "a note of hand-over could not be recorded");
      });
    this.#writing.add(writing);
    void writing.then(() => this.#writing.delete(writing));
  }

  async #note(
    equipment: Equipment,
    said: Pick<HandOverNote, "change"> & Partial<HandOverNote>,
    from: Holding | undefined,
  ): Promise<HandOverNote> {
    const { clock, machines, commands } = this.#parts;
    const at = clock.wallMs();
    const asItStands = {
      heldSince: from && at - (clock.monotonicMs() - from.sinceMs),
      state: machines.state(equipment)?.name,
      production: machines.mode(equipment)?.production,
      remote: machines.remote(equipment),
      linksDown: this.#linksDown(equipment),
    };
    const [newest, unknown] = await Promise.all([
      commands.list({ equipment: [equipment.id], limit: notedCommands }),
      commands.list({ equipment: [equipment.id], state: "UNKNOWN", limit: notedUnknown }),
    ]);
    return {
      id: randomUUID(),
      equipment: equipment.id,
      at,
      from: undefined,
      fromGuest: from?.party.caller.role === "guest",
      to: undefined,
      why: undefined,
      text: undefined,
      ...said,
      ...asItStands,
      commands: newest.map(notedCommand),
      unknown: unknown.map(notedCommand),
    };
  }

  #linksDown({ tags }: Equipment): readonly string[] {
    const devices = [...new Set(tags.map((tag) => tag.device))];
    return devices.filter((id) => this.#parts.devices.status(id)?.state !== "connected");
  }
}

function notedCommand({ id, target, value, state, userName, requestedAt }: CommandRecord): NotedCommand {
  return { id, target, value: toJson(value), state, user: userName, at: requestedAt };
}
