import type { SignInAlarm } from "../api/wire.ts";
import { say } from "../i18n/language.svelte.ts";
import { link } from "../live/link.svelte.ts";

/** What happened, and what is to be done about it. */
export function signInAlarmWords({ kind, user, at, address, times }: SignInAlarm): {
  readonly what: string;
  readonly advice: string;
} {
  const told = say.t(`sign-in-alarm.${kind}`, { user, time: say.moment(Date.parse(at), link.nowMs), address });
  const what = times > 1 ? `${told} ${say.t("sign-in-alarm.times", { count: times })}` : told;
  return { what, advice: say.t(`sign-in-alarm.${kind}-do`, { user }) };
}
