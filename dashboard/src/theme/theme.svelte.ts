export type ThemeChoice = "auto" | "light" | "dark";

const remembered = "plancia.theme";

/** Light or dark: as the system has it, or as chosen in this browser. */
class Theme {
  choice = $state<ThemeChoice>("auto");
  readonly #system = matchMedia("(prefers-color-scheme: dark)");

  constructor() {
    const stored = localStorage.getItem(remembered);
    if (stored === "light" || stored === "dark") this.choice = stored;
    this.#system.addEventListener("change", () => this.#apply());
    this.#apply();
  }

  choose(choice: ThemeChoice): void {
    this.choice = choice;
    if (choice === "auto") localStorage.removeItem(remembered);
    else localStorage.setItem(remembered, choice);
    this.#apply();
  }

  #apply(): void {
    const dark = this.choice === "dark" || (this.choice === "auto" && this.#system.matches);
    document.documentElement.dataset["theme"] = dark ? "dark" : "light";
  }
}

export const theme = new Theme();
