import { say, type WordKey } from "../i18n/language.svelte.ts";
import type { ControlNews } from "../live/control-news.svelte.ts";

/** What became of control, for the reader, in one line. */
export function newsWords(news: ControlNews, me: string, nowMs: number): string {
  const time = say.moment(news.atMs, nowMs);
  const by = news.by ?? news.holder ?? "–";
  switch (news.change) {
    case "forced":
      return by === me ? say.t("news.forced-you", { time }) : say.t("news.forced", { by, time });
    case "declined":
      return say.t("news.declined", { by, time });
    case "withdrawn":
      return say.t("news.silence", { time });
    case "handed-over":
      return news.holder === me
        ? say.t("news.handed-over-you", { by, time })
        : say.t("news.handed-over", { holder: news.holder ?? "–", time });
    case "expired":
      return say.t("news.expired", { time });
    default:
      return say.t("news.ended", { time });
  }
}

/** Why control ended where nobody ended it, in the words of the gateway's own list. */
const ends: ReadonlyMap<string, WordKey> = new Map<string, WordKey>([
  ["sign-in-ended", "news.sign-in-ended"],
  ["right-lost", "news.right-lost"],
  ["booking-ended", "news.booking-ended"],
  ["local-control", "news.local-control"],
  ["key-unreadable", "news.key-unreadable"],
  ["locked-out", "news.locked-out"],
  ["island", "news.island"],
  ["chain-unseen", "news.chain-unseen"],
  ["device-lock-lost", "news.device-lock-lost"],
]);

/** The reason in the reader's language where it is one of the gateway's, else what a person wrote. */
export function reasonWords(news: Pick<ControlNews, "change" | "reason">): string | undefined {
  const { change, reason } = news;
  if (reason === undefined || change === "withdrawn") return undefined;
  const key = change === "ended" ? ends.get(reason) : undefined;
  return key ? say.t(key) : reason;
}
