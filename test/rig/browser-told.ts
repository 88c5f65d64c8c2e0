import { afterEach } from "vitest";
import { whatWasShown } from "./browser.ts";

/** Last of all hooks: a failed test of pages tells what stood on them, since nobody can look later. */
afterEach(async ({ task }) => {
  const words = await whatWasShown();
  const [error] = task.result?.errors ?? [];
  if (error) error.message += `\nThe pages showed:\n${words.join("\n")}`;
});
