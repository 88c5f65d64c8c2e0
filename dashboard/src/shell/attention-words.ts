import type { Command, TagView } from "../api/wire.ts";
import { say } from "../i18n/language.svelte.ts";
import type { Attention } from "../live/attention.ts";
import { link } from "../live/link.svelte.ts";
import { live } from "../live/live.svelte.ts";
import { onCall } from "../live/on-call.svelte.ts";
import { plant } from "../live/plant.svelte.ts";
import { signInAlarms } from "../live/sign-in-alarms.svelte.ts";
import { commandName } from "../parts/command-words.ts";
import { withUnit } from "../parts/setpoint-input.ts";
import { session } from "../session/session.svelte.ts";
import { signInAlarmWords } from "../session/sign-in-alarm-words.ts";

export interface AttentionLine {
  readonly key: string;
  readonly kind: Attention["kind"];
  readonly title: string;
  readonly detail: string;
  readonly href: string;
  /** What is done here and now instead of opening a page. */
  readonly act?: { readonly word: string; readonly do: () => void };
  /** What the link is called, where it is not Open. */
  readonly open?: string;
}

/** Thing, what it is, since when: one line of "Needs attention". */
export function attentionLine(one: Attention): AttentionLine {
  const machine = plant.find(one.equipment);
  const name = machine ? say.text(machine.name) : one.equipment;
  const href = `#/machines/${one.equipment}`;
  const { kind } = one;
  switch (one.kind) {
    case "there":
      return {
        key: `there ${one.equipment}`,
        kind,
        title: say.t("attention.there", { machine: name }),
        detail: say.t("attention.there-why", { time: say.seconds(one.beforeMs) }),
        href,
        act: { word: say.t("attention.here"), do: () => live.here() },
      };
    case "request":
      return {
        key: `request ${one.equipment}`,
        kind,
        title: say.t("attention.request", { machine: name, user: one.user }),
        detail: say.t("attention.request-why", { time: say.seconds(one.beforeMs) }),
        href,
        open: say.t("attention.answer"),
      };
    case "approval":
      return {
        key: `approval ${one.command.id}`,
        kind,
        title: say.t("attention.approve", { machine: name, what: whatOf(one.command) }),
        detail: say.t("attention.approve-why", {
          user: one.command.user,
          time: say.seconds(Date.parse(one.command.approveBefore ?? one.command.requestedAt)),
        }),
        href: `#/approvals/${one.command.id}`,
        open: say.t("attention.review"),
      };
    case "on-call":
      return {
        key: `on-call ${one.entry.id}`,
        kind,
        title: say.t("attention.on-call", { machine: name, time: say.moment(Date.parse(one.entry.at), link.nowMs) }),
        detail: onCall.failed.has(one.entry.id)
          ? `${say.text(one.entry.text)} ${say.t("attention.ack-failed")}`
          : say.text(one.entry.text),
        href,
        act: { word: say.t("attention.acknowledge"), do: () => void onCall.acknowledge(one.entry.id) },
      };
    case "sign-in": {
      const { alarm } = one;
      const { what, advice } = signInAlarmWords(alarm);
      const place = { href: session.may("audit:read") ? "#/log" : "#/me" };
      const act = { word: say.t("attention.acknowledge"), do: () => void signInAlarms.acknowledge(alarm.id) };
      const line = { key: `sign-in ${alarm.id}`, kind, title: what, detail: advice, ...place };
      return session.may("people:manage") ? { ...line, act } : line;
    }
    case "unknown": {
      const what = whatOf(one.command);
      const time = say.seconds(Date.parse(one.command.finishedAt ?? one.command.requestedAt));
      return {
        key: one.command.id,
        kind: one.kind,
        title: `${name}, ${what}`,
        detail: say.t("attention.unknown", { time }),
        href,
      };
    }
    case "device": {
      const device = machine?.links.find((each) => each.device === one.device);
      const title = `${name}, ${device ? say.text(device.name) : one.device}`;
      const since = one.sinceMs === undefined ? "" : say.moment(one.sinceMs, link.nowMs);
      return {
        key: `device ${one.equipment} ${one.device}`,
        kind: one.kind,
        title,
        detail: say.t("attention.device", { time: since }),
        href,
      };
    }
    default:
      return {
        key: one.tag.tag,
        kind: one.kind,
        title: `${name}, ${say.text(one.tag.name)}`,
        detail: valueDetail(one),
        href,
      };
  }
}

function whatOf(command: Command): string {
  const tag = plant.tag(command.target);
  // A stop has no value, and of an unknown change the value is what nobody knows.
  if (tag && command.state === "UNKNOWN") return say.text(tag.name);
  return commandName(command, tag, plant.find(command.equipment)?.commands ?? []);
}

function valueDetail(one: Extract<Attention, { tag: TagView }>): string {
  const { quality, tag } = one;
  const moment = (ms: number) => say.moment(ms, link.nowMs);
  switch (quality.kind) {
    case "bad":
      return quality.last
        ? `${say.t("value.bad-since", { time: moment(quality.sinceMs) })}. ${say.t("value.last-good", { value: withUnit(say.value(quality.last.value, tag), tag), time: moment(quality.last.timeMs) })}`
        : say.t("value.bad-since", { time: moment(quality.sinceMs) });
    case "stale":
      return `${withUnit(say.value(quality.value, tag), tag)}. ${say.t("value.stale-since", { time: moment(quality.sinceMs) })}`;
    default:
      return say.t("value.forced");
  }
}
