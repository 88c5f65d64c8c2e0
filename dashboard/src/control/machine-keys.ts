import type { ControlAct } from "../parts/control-state.ts";

/**
 * C takes or requests control, W goes to why. No key commands a machine, and none gives control away.
 * `acts`: what can be done about control now, as its buttons say.
 */
export function machineKeys(
  acts: () => readonly ControlAct[],
  act: (what: ControlAct) => void,
): (letter: string) => boolean {
  return (letter) => {
    if (letter === "c") {
      const what = acts().find((one) => one === "take" || one === "request");
      if (what) act(what);
      return what !== undefined;
    }
    if (letter !== "w") return false;
    const heading = document.querySelector<HTMLElement>("[data-why] h2");
    heading?.scrollIntoView({ block: "nearest" });
    heading?.focus();
    return heading !== null;
  };
}
