import type { Answer } from "./answer.ts";

type Lines = readonly string[];

/** What `deliver` needs of the world. */
export interface Delivery {
  /** One request. Never throws for what the server says or that it is not there. */
  write(lines: Lines): Promise<Answer>;
  taken(count: number): void;
  expired(count: number): void;
  quarantine(lines: Lines, reason: string): Promise<void>;
  /** Comes back when it is time to try again. @throws when nobody shall. */
  failed(answer: Extract<Answer, { kind: "failed" }>): Promise<void>;
}

/**
 * Brings lines to the server in their order and comes back when each has been taken or set aside. A request that is
 * refused for some of its lines is halved until those stand alone; what it took of the rest before it takes again,
 * which changes nothing.
 */
export async function deliver(lines: Lines, delivery: Delivery): Promise<void> {
  const waiting: Lines[] = lines.length > 0 ? [lines] : [];
  for (let part = waiting.pop(); part; part = waiting.pop()) {
    const answer = await delivery.write(part);
    switch (answer.kind) {
      case "taken":
        delivery.taken(part.length);
        break;
      case "expired":
        delivery.taken(Math.max(0, part.length - answer.dropped));
        delivery.expired(Math.min(part.length, answer.dropped));
        break;
      case "refused":
        // All of them dropped: to ask one by one would bring the same.
        if (part.length === 1 || answer.dropped === part.length) await delivery.quarantine(part, answer.reason);
        else waiting.push(...halves(part));
        break;
      case "too-large":
        if (part.length === 1) await delivery.quarantine(part, "the line alone is too large for the server");
        else waiting.push(...halves(part));
        break;
      case "failed":
        waiting.push(part);
        await delivery.failed(answer);
    }
  }
}

/** The second half first, since the last is taken next. */
function halves(lines: Lines): [Lines, Lines] {
  const middle = lines.length >>> 1;
  return [lines.slice(middle), lines.slice(0, middle)];
}
