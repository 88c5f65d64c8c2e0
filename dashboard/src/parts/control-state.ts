import type { ControlView } from "../api/wire.ts";
import { say } from "../i18n/language.svelte.ts";

export type ControlAct = "take" | "request" | "withdraw" | "release" | "force";

export interface Around {
  /** true REMOTE, false LOCAL, null not known; undefined: nothing can be commanded. */
  readonly remote: boolean | null | undefined;
  /** The connection to the gateway is live. */
  readonly live: boolean;
  /** The screen is locked: it only watches, and stops. */
  readonly locked: boolean;
  readonly me: string;
  /** This page is in somebody's hand. */
  readonly phone: boolean;
  /** UTC ms by the gateway's clock. */
  readonly nowMs: number;
}

/** Control of a machine in words, and what the reader can do about it. */
export interface ControlState {
  readonly title: string;
  readonly detail: string;
  readonly acts: readonly ControlAct[];
  /** Why nothing can be done about it; undefined: something can, or there is nothing to do. */
  readonly lock: string | undefined;
}

/** R39, R40, R41: local always wins, one holder at a time. */
export function controlState(control: ControlView, around: Around): ControlState {
  const { remote, live, phone } = around;
  if (remote === undefined) return bare("control.watch-only", say.t("control.watch-only-why"));
  if (remote === false) {
    return locked(say.t("control.at-machine"), say.t("key.at", { side: "LOCAL" }), say.t("control.key-local"));
  }
  if (remote === null && live) return locked(say.t("control.key-unknown"), "", say.t("control.key-unknown-why"));
  const state = held(control, around);
  if (!live) return { ...state, acts: [], lock: say.t("control.no-link") };
  if (around.locked) return shut(state, say.t("control.screen-locked"));
  if (phone && control.phoneControl === "watch" && !control.mine) {
    const why = say.t("control.at-desk");
    return { ...shut(state, why), detail: control.holder === null ? why : state.detail };
  }
  return state;
}

function held(control: ControlView, around: Around): ControlState {
  const { holder, mine } = control;
  if (mine) return { title: say.t("control.you"), detail: since(control, around), acts: ["release"], lock: undefined };
  if (holder !== null) return others(control, holder, around);
  if (control.take.allowed) {
    const title = say.t(control.lease === "off" ? "control.not-needed" : "control.nobody");
    return { title, detail: say.t("control.may-take"), acts: ["take"], lock: undefined };
  }
  if (control.lease === "off") return bare("control.not-needed", say.t("control.not-needed-why"));
  const causes = control.take.causes.map((cause) => say.text(cause.text)).join(". ");
  const why = causes === "" ? say.t("control.cannot") : causes;
  return locked(say.t("control.nobody"), why, why);
}

function others(control: ControlView, holder: string, around: Around): ControlState {
  const title = holder === around.me ? say.t("control.other-screen") : say.t("control.other", { holder });
  const { request } = control;
  const force: readonly ControlAct[] = control.force ? ["force"] : [];
  if (request?.mine) {
    const left = say.duration(Math.max(0, Date.parse(request.answerBefore) - around.nowMs));
    return { title, detail: say.t("control.asked", { left }), acts: ["withdraw", ...force], lock: undefined };
  }
  if (request)
    return { title, detail: say.t("control.asked-by", { user: request.user }), acts: force, lock: undefined };
  return { title, detail: since(control, around), acts: ["request", ...force], lock: undefined };
}

/** Nobody reads that it may be taken where nothing can be done about it. */
function shut(state: ControlState, lock: string): ControlState {
  return { ...state, detail: state.acts.includes("take") ? lock : state.detail, acts: [], lock };
}

function since(control: ControlView, { nowMs }: Around): string {
  const parts: string[] = [];
  if (control.since) parts.push(say.t("control.since", { time: say.moment(Date.parse(control.since), nowMs) }));
  if (!control.mine && control.phone) parts.push(say.t("control.phone"));
  if (!control.mine && control.visible === false) parts.push(say.t("control.hidden"));
  if (control.deviceLock === "other") parts.push(say.t("control.lock-other"));
  if (control.deviceLock === "unknown") parts.push(say.t("control.lock-unknown"));
  return parts.join(", ");
}

function bare(title: "control.watch-only" | "control.not-needed", detail: string): ControlState {
  return { title: say.t(title), detail, acts: [], lock: undefined };
}

function locked(title: string, detail: string, why: string): ControlState {
  return { title, detail, acts: [], lock: why };
}
