import { PlanciaError } from "../core/errors.ts";
import type { Terminal } from "./actions.ts";

/**
 * A password or a PIN: from standard input, or asked twice without showing it.
 * @throws PlanciaError request/invalid where nobody sits there, or the two differ.
 */
export async function secretFrom(
  terminal: Terminal,
  what: "Password" | "PIN",
  from: "stdin" | "terminal",
): Promise<string> {
  if (from === "stdin") return terminal.readLine();
  const word = what === "PIN" ? "PIN" : "password";
  const secret = await terminal.askSecret(`${what}: `);
  if (secret === undefined) {
    const detail = `no terminal to ask for the ${word}; give it with --${word.toLowerCase()}-stdin`;
    throw new PlanciaError("request/invalid", detail);
  }
  if ((await terminal.askSecret("Once more: ")) !== secret)
    throw new PlanciaError("request/invalid", `the two ${word}s differ; nothing was changed`);
  return secret;
}

/**
 * A secret to be sealed: asked twice where somebody sits there, else the first line of standard input. It is
 * no argument: those are seen by everybody on the computer, and stay in the shell's history.
 * @throws PlanciaError request/invalid where the two differ.
 */
export async function secretToSeal(terminal: Terminal): Promise<string> {
  const secret = await terminal.askSecret("Secret: ");
  if (secret === undefined) return terminal.readLine();
  if ((await terminal.askSecret("Once more: ")) !== secret)
    throw new PlanciaError("request/invalid", "the two secrets differ; nothing was sealed");
  return secret;
}
