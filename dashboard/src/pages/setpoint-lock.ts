import type { TagView } from "../api/wire.ts";
import { say } from "../i18n/language.svelte.ts";
import { link } from "../live/link.svelte.ts";
import { isBelieved, type Quality } from "../live/value-state.ts";
import { session } from "../session/session.svelte.ts";

/** Why a tag cannot be written now, the nearest cause in a few words; undefined: it can be tried. */
export function lockOf(tag: TagView, quality: Quality): string | undefined {
  if (!link.live) return say.t("setpoint.locked-link");
  if (session.user?.locked) return say.t("control.screen-locked");
  const first = tag.writable?.causes[0];
  if (tag.writable?.allowed === false) return first ? say.text(first.text) : say.t("setpoint.locked");
  if (!isBelieved(quality)) return say.t("setpoint.locked-value");
  return undefined;
}
