import { NoAnswer, Refusal } from "./client.ts";
import type { CommandProblem } from "./wire.ts";

/**
 * A file as the gateway writes it, whole. The token goes in a header and never in the address.
 * @throws Refusal, NoAnswer; also when `signal` ends it.
 */
export async function download(path: string, token: string, signal?: AbortSignal): Promise<Blob> {
  try {
    const response = await fetch(`api/v1${path}`, {
      headers: { authorization: `Bearer ${token}` },
      ...(signal ? { signal } : {}),
      credentials: "same-origin",
      cache: "no-store",
    });
    if (response.ok) return await response.blob();
    const problem: unknown = await response.json();
    if (typeof problem === "object" && problem !== null && "code" in problem && "title" in problem)
      throw new Refusal(problem as CommandProblem);
    throw new Error(`HTTP ${response.status}`);
  } catch (error) {
    throw error instanceof Refusal ? error : new NoAnswer(error);
  }
}
