import type { Caller } from "../../core/access/policy.ts";
import type { Cause } from "../../core/control/command.ts";
import type { LeaseChanged, LeaseEnd } from "../../core/control/lease.ts";
import type { HandOverNote, OnCallEntry } from "../../core/hand-over-port.ts";
import type { Equipment, LossOfControl } from "../../core/plant.ts";
import type { DeviceLockState } from "./device-lock-keeper.ts";

/** Who has control of a machine, as one caller sees it (R40, R41). Times are UTC ms. */
export interface ControlState {
  readonly holder: string | undefined;
  readonly mine: boolean;
  readonly since: number | undefined;
  /** A page of the holder is in front. */
  readonly visible: boolean | undefined;
  readonly phone: boolean | undefined;
  readonly request: { readonly user: string; readonly mine: boolean; readonly answerBefore: number } | undefined;
  /** Whether the caller could take it from nobody; that his page is connected is for the page to know. */
  readonly take: { readonly allowed: boolean; readonly causes: readonly Cause[] };
  /** Whether the caller could take it by force now. */
  readonly force: boolean;
  readonly loss:
    | { readonly policy: LossOfControl["policy"]; readonly graceMs: number; readonly runsAt?: number }
    | undefined;
  readonly areYouThere: number | undefined;
  readonly deviceLock: DeviceLockState | undefined;
}

/** Something happened to who has control of a machine. */
export interface ControlNews {
  readonly equipment: string;
  /** UTC ms by the clock of rights. */
  readonly at: number;
  readonly change: LeaseChanged["change"];
  /** Who has control now. */
  readonly holder: string | undefined;
  readonly by: string | undefined;
  /** A person's words, or one of the stable words of `leaseEnds`; `unanswered`. */
  readonly reason: string | LeaseEnd | undefined;
}

/** A page's answer to a prompt. */
export interface AliveAnswer {
  readonly n: number;
  readonly visible: boolean;
  /** A person touched it since the last answer. */
  readonly active: boolean;
}

/** `beforeId`: the note after which the page begins. */
export interface NotePage {
  readonly beforeId?: string | undefined;
  readonly limit: number;
}

/** Of whoever has control. `user`: whose request it answers; undefined: whoever asks. */
export interface RequestAnswer {
  readonly accept: boolean;
  readonly note?: string | undefined;
  readonly user?: string | undefined;
}

/**
 * Control of machines as the API sees it. What is refused is answered with its causes, all at once;
 * empty means done. Every method that names a machine throws request/not-found where the caller may not
 * see it, and auth/forbidden where his role never may.
 */
export interface Control {
  view(caller: Caller, equipment: Equipment): ControlState;
  /** From nobody. */
  take(caller: Caller, equipment: string, input: { phone: boolean }): Promise<readonly Cause[]>;
  /** By force, from whoever has it. */
  force(caller: Caller, equipment: string, input: { phone: boolean; reason: string }): Promise<readonly Cause[]>;
  release(caller: Caller, equipment: string): readonly Cause[];
  /** @throws request/conflict where nobody has it. */
  request(caller: Caller, equipment: string, input: { phone: boolean }): readonly Cause[];
  /** @throws request/conflict where there is no request of his. */
  withdraw(caller: Caller, equipment: string): readonly Cause[];
  /** @throws request/conflict where nobody asks, or not any more, or another person than the answer means. */
  answer(caller: Caller, equipment: string, answer: RequestAnswer): Promise<readonly Cause[]>;

  /** A page of this sign-in is open; `prompt` is asked each 5 s while it has control. Returns what closes it. */
  open(caller: Caller, userAgent: string, prompt: (equipment: string, n: number) => void): () => void;
  alive(caller: Caller, answer: AliveAnswer): void;
  /** A person at this sign-in did something (R43). */
  acted(caller: Caller): void;

  /** Newest first; `next`: where the next page begins. */
  notes(
    caller: Caller,
    equipment: string,
    page: NotePage,
  ): Promise<{ readonly notes: readonly HandOverNote[]; readonly next: string | undefined }>;
  /** By whoever has control. @throws request/conflict where that is somebody else. */
  writeNote(caller: Caller, equipment: string, text: string): Promise<HandOverNote>;

  /** What nobody on call has acknowledged yet, oldest first. */
  calls(caller: Caller): readonly OnCallEntry[];
  /** @throws request/not-found. */
  acknowledgeCall(caller: Caller, id: string): Promise<OnCallEntry>;

  /** Whether news of this machine are for this caller; `at`: those of then, which a guest sees out of its own slots alone. */
  maySee(caller: Caller, equipment: string, at?: number): boolean;
  mayAnswerCalls(caller: Caller, equipment: string): boolean;
  onNews(listener: (news: ControlNews) => void): () => void;
  onCall(listener: (entry: OnCallEntry) => void): () => void;
  /** What a view of this machine says changed otherwise (R43). */
  onChanged(listener: (equipment: string) => void): () => void;
}
