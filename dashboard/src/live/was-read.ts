import type { ValueView } from "../api/wire.ts";

/** Whether every one of these tags is Good and was confirmed by its device after that moment (UTC ms). */
export function wasRead(views: readonly ValueView[], tags: readonly string[], afterMs: number): boolean {
  return (
    tags.length > 0 &&
    tags.every((tag) => {
      const view = views.find((one) => one.tag === tag);
      const confirmedMs = view?.confirmedAt ? Date.parse(view.confirmedAt) : 0;
      return view !== undefined && view.status >>> 30 === 0 && confirmedMs > afterMs;
    })
  );
}
