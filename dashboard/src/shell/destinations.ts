import Building from "@lucide/svelte/icons/building-2";
import Cable from "@lucide/svelte/icons/cable";
import Calendar from "@lucide/svelte/icons/calendar";
import ChartLine from "@lucide/svelte/icons/chart-line";
import Cpu from "@lucide/svelte/icons/cpu";
import Factory from "@lucide/svelte/icons/factory";
import LayoutGrid from "@lucide/svelte/icons/layout-grid";
import ScrollText from "@lucide/svelte/icons/scroll-text";
import UserCheck from "@lucide/svelte/icons/user-check";
import Users from "@lucide/svelte/icons/users";
import type { WordKey } from "../i18n/language.svelte.ts";
import { live } from "../live/live.svelte.ts";
import { session } from "../session/session.svelte.ts";

export interface Destination {
  readonly href: string;
  readonly word: WordKey;
  readonly icon: typeof Cpu;
  /** The letter after G. */
  readonly key: string;
  /** On the phone there is room for five tabs: the others are listed under You. */
  readonly phone?: "more";
  /** Things that wait there for this person. */
  readonly count?: number;
}

/** The pages that exist and that this person may open. */
export function destinations(): readonly Destination[] {
  const approves = session.may("equipment:approve");
  const all: Destination[] = [
    { href: "#/", word: "page.overview", icon: LayoutGrid, key: "o" },
    // With Approve there are five tabs without it; the overview has the machines too.
    { href: "#/machines", word: "page.machines", icon: Factory, key: "m", ...(approves ? { phone: "more" } : {}) },
  ];
  if (approves) {
    const count = live.attention.filter((one) => one.kind === "approval").length;
    all.push({ href: "#/approvals", word: "page.approvals", icon: UserCheck, key: "v", count });
  }
  if (session.may("history:read"))
    all.push({ href: "#/trends", word: "page.trends", icon: ChartLine, key: "t", phone: "more" });
  if (session.may("bookings:view") || session.may("bookings:own")) {
    all.push({ href: "#/bookings", word: "page.bookings", icon: Calendar, key: "b" });
  }
  if (session.may("audit:read"))
    all.push({ href: "#/log", word: "page.audit", icon: ScrollText, key: "l", phone: "more" });
  if (session.may("people:manage"))
    all.push({ href: "#/people", word: "page.people", icon: Users, key: "u", phone: "more" });
  if (session.may("organisations:manage") || session.may("members:invite"))
    all.push({ href: "#/organisations", word: "page.organisations", icon: Building, key: "z", phone: "more" });
  if (session.may("system:view")) {
    all.push({ href: "#/devices", word: "page.devices", icon: Cable, key: "d", phone: "more" });
    all.push({ href: "#/system", word: "page.system", icon: Cpu, key: "s", phone: "more" });
  }
  return all;
}

/** Whether a destination is where we are: `#/` only itself, the others with what lies below them. */
export function isHere(href: string, location: string): boolean {
  const path = href.slice(1);
  return path === "/" ? location === "/" : location === path || location.startsWith(`${path}/`);
}
