/** R18: remote control cut off at the site, for one machine or for all of them. */
export interface IslandSwitch {
  /** Equipment id, or `everywhere`. */
  readonly equipment: string;
  readonly who: string;
  /** UTC ms. */
  readonly since: number;
}

export const everywhere = "*";

/** The switches that cut this machine off: its own, and the one of the whole site. */
export function islandsOf(switches: readonly IslandSwitch[], equipment: string): readonly IslandSwitch[] {
  return switches.filter((each) => each.equipment === equipment || each.equipment === everywhere);
}
