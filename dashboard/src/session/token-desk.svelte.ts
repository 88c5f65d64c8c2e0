import { NoAnswer, Refusal } from "../api/client.ts";
import type { MadeToken, TokenList, TokenView } from "../api/wire.ts";
import { say } from "../i18n/language.svelte.ts";
import { Fetched } from "../live/fetched.svelte.ts";
import { factorWords } from "./factor-desk.svelte.ts";
import { session } from "./session.svelte.ts";

export interface TokenForm {
  name: string;
  permissions: TokenView["permissions"];
  reach: "all" | "some";
  machines: string[];
  addresses: string;
  days: number;
}

export const tokenDays = [7, 30, 90, 365] as const;

export function emptyTokenForm(): TokenForm {
  return { name: "", permissions: ["equipment:view"], reach: "all", machines: [], addresses: "", days: 90 };
}

/** Tokens of one's own, or of somebody else's for an administrator. A change is sent once and never by itself again. */
export class TokenDesk {
  readonly list: Fetched<TokenList>;
  busy = $state(false);
  problem = $state<string | undefined>(undefined);
  /** Just made: its text is nowhere but here, and goes with this. */
  made = $state.raw<MadeToken | undefined>(undefined);

  constructor(userId?: string) {
    const of = userId === undefined ? "" : `?user=${encodeURIComponent(userId)}`;
    this.list = new Fetched(() => session.call<TokenList>(`/tokens${of}`));
  }

  /** @param nowMs by the gateway's clock. Resolves with whether it was made. */
  make(form: TokenForm, nowMs: number): Promise<boolean> {
    const addresses = form.addresses.split(/[\s,;]+/).filter((each) => each !== "");
    const equipment = form.reach === "all" ? ["*"] : form.machines;
    const expiresAt = new Date(nowMs + form.days * 86_400_000).toISOString();
    const body = { name: form.name.trim(), permissions: form.permissions, equipment, addresses, expiresAt };
    return this.#ask(async () => {
      this.made = await session.call<MadeToken>("/tokens", { method: "POST", body });
    });
  }

  revoke(id: string): Promise<boolean> {
    return this.#ask(() => session.call(`/tokens/${encodeURIComponent(id)}`, { method: "DELETE" }));
  }

  async #ask(work: () => Promise<void>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.problem = undefined;
    try {
      await work();
      return true;
    } catch (error) {
      this.problem = words(error);
      return false;
    } finally {
      this.busy = false;
      void this.list.load();
    }
  }
}

function words(error: unknown): string {
  if (error instanceof NoAnswer || !(error instanceof Refusal)) return factorWords(error);
  const { code, errors } = error.problem;
  const field = errors?.[0]?.pointer.split("/")[1];
  if (code === "request/conflict") return say.t("tokens.conflict");
  if (field === "name" || field === "addresses" || field === "equipment" || field === "permissions")
    return say.t(`tokens.wrong-${field}`);
  return factorWords(error);
}
