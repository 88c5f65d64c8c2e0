/** What a server says to a request with lines, by what is to be done then. */
export type Answer =
  | { readonly kind: "taken" }
  /** Some or all of these lines it will never take. `dropped`: how many it left out, where it says so. */
  | { readonly kind: "refused"; readonly reason: string; readonly dropped: number | undefined }
  /** It took all but those that are older than it keeps. */
  | { readonly kind: "expired"; readonly dropped: number }
  | { readonly kind: "too-large" }
  /** Nothing is wrong with the lines: once more, later. */
  | { readonly kind: "failed"; readonly reason: string; readonly retryAfterMs: number | undefined };

/** A server that asks for more patience than this is asked earlier. */
const longestPatienceMs = 300_000;
const longestReason = 300;

/** Words of InfluxDB 1.x and VictoriaMetrics about lines, not about the request as a whole. */
const aboutLines = /^partial write|unable to parse|field type conflict|cannot (parse|unmarshal)|time outside range/;
const beyondRetention = /^partial write: points beyond retention policy dropped=(\d+)/;

/** @param body as much of the answer as was read. */
export function judge(status: number, body: string, retryAfter: string | undefined): Answer {
  if (status === 200 || status === 204) return { kind: "taken" };
  const reason = wordsOf(body);
  if (status === 413) return { kind: "too-large" };
  if (status === 400) {
    const expired = beyondRetention.exec(reason);
    if (expired) return { kind: "expired", dropped: Number(expired[1]) };
    if (aboutLines.test(reason))
      return { kind: "refused", reason: reason.slice(0, longestReason), dropped: droppedOf(reason) };
  }
  const why = reason === "" ? "" : `: ${reason.slice(0, longestReason)}`;
  return { kind: "failed", reason: `the server answers ${status}${why}`, retryAfterMs: patience(retryAfter) };
}

function wordsOf(body: string): string {
  try {
    const { error } = JSON.parse(body) as { error?: unknown };
    if (typeof error === "string") return error;
  } catch {
    // Not InfluxDB, or an answer that was cut: the words as they are.
  }
  return body.trim();
}

function droppedOf(reason: string): number | undefined {
  const [, dropped] = /\bdropped=(\d+)$/.exec(reason) ?? [];
  return dropped === undefined ? undefined : Number(dropped);
}

/** `Retry-After` in seconds; as a date it is not looked at. */
function patience(header: string | undefined): number | undefined {
  const seconds = header !== undefined && /^\d{1,6}$/.test(header) ? Number(header) : undefined;
  return seconds === undefined ? undefined : Math.min(seconds * 1000, longestPatienceMs);
}
