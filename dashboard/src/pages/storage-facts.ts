import type { StorageView, StoredGroupView } from "../api/wire.ts";
import { formatBytes } from "../format/bytes.ts";
import { say } from "../i18n/language.svelte.ts";

/** When the disk, or the limit on it, is full. */
export function outlookWords({ outlook, fullInDays = 0 }: Pick<StorageView, "outlook" | "fullInDays">): string {
  if (outlook !== "full") return say.t(`storage.${outlook}`);
  return fullInDays < 1
    ? say.t("storage.less-than-a-day")
    : say.t("storage.days", { days: say.number(Math.floor(fullInDays)) });
}

export function retiredWords({ age, size, disk }: StorageView["retired"]): string {
  const parts = [
    ...(age > 0 ? [say.t("storage.by-age", { count: say.number(age) })] : []),
    ...(size > 0 ? [say.t("storage.by-size", { count: say.number(size) })] : []),
    ...(disk > 0 ? [say.t("storage.by-disk", { count: say.number(disk) })] : []),
  ];
  return parts.join(", ") || say.t("storage.none");
}

/** For how long, and how much of it. */
export function keptWords({ ageS, sizeBytes }: Pick<StoredGroupView, "ageS" | "sizeBytes">): string {
  const parts = [
    ...(ageS === undefined ? [] : [say.duration(ageS * 1000)]),
    ...(sizeBytes === undefined ? [] : [say.t("storage.up-to", { size: formatBytes(sizeBytes, say.code) })]),
  ];
  return parts.join(", ") || say.t("storage.for-ever");
}
