import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Answer } from "./answer.ts";
import { type Delivery, deliver } from "./deliver.ts";

/** A server as InfluxDB is: takes what it can of a request and says how many it dropped of one kind. */
class Server implements Delivery {
  readonly held: string[] = [];
  readonly aside: string[] = [];
  readonly reasons: string[] = [];
  takenCount = 0;
  expiredCount = 0;
  requests = 0;
  failures = 0;
  largest = Number.POSITIVE_INFINITY;
  says: (lines: readonly string[]) => Answer | undefined = () => undefined;

  async write(lines: readonly string[]): Promise<Answer> {
    this.requests++;
    const said = this.says(lines);
    if (said) return said;
    if (lines.length > this.largest) return { kind: "too-large" };
    for (const line of lines) if (!/^(bad|worse)/.test(line) && !this.held.includes(line)) this.held.push(line);
    const bad = lines.filter((line) => line.startsWith("bad")).length;
    const worse = lines.filter((line) => line.startsWith("worse")).length;
    if (bad > 0) return { kind: "refused", reason: "bad ones", dropped: bad };
    return worse > 0 ? { kind: "refused", reason: "worse ones", dropped: undefined } : { kind: "taken" };
  }

  taken(count: number): void {
    this.takenCount += count;
  }

  expired(count: number): void {
    this.expiredCount += count;
  }

  async quarantine(lines: readonly string[], reason: string): Promise<void> {
    this.aside.push(...lines);
    this.reasons.push(reason);
  }

  async failed(): Promise<void> {
    this.failures++;
  }
}

const good = (count: number) => Array.from({ length: count }, (_, n) => `good ${n}`);

describe("lines on their way to a server", () => {
  it("go in one request", async () => {
    const server = new Server();
    await deliver(good(500), server);
    expect([server.held, server.requests, server.takenCount]).toEqual([good(500), 1, 500]);
  });

  it("that are none make no request", async () => {
    const server = new Server();
    await deliver([], server);
    expect(server.requests).toBe(0);
  });

  it("of which one is refused arrive all but that one, which is set aside with the reason", async () => {
    const server = new Server();
    await deliver([...good(300), "bad 1", ...good(999).slice(300)], server);
    expect([server.aside, server.reasons]).toEqual([["bad 1"], ["bad ones"]]);
    expect(server.held).toEqual(good(999));
    expect(server.takenCount).toBe(999);
    expect(server.requests).toBeLessThan(25);
  });

  it("that are refused all together are not asked for one by one", async () => {
    const server = new Server();
    await deliver(
      good(1000).map((line) => `bad ${line}`),
      server,
    );
    expect([server.aside.length, server.requests]).toEqual([1000, 1]);
  });

  it("whatever stands among them, each is held or set aside, in order", async () => {
    const line = fc
      .tuple(fc.constantFrom("good", "good", "good", "bad", "worse"), fc.nat())
      .map((parts) => parts.join(" "));
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(line, { maxLength: 60 }),
        fc.integer({ min: 1, max: 80 }),
        async (lines, largest) => {
          const server = new Server();
          server.largest = largest;
          await deliver(lines, server);
          expect(server.held).toEqual(lines.filter((each) => each.startsWith("good")));
          expect(server.aside).toEqual(lines.filter((each) => !each.startsWith("good")));
          expect(server.takenCount).toBe(server.held.length);
        },
      ),
    );
  });

  it("wait where nothing is wrong with them, and go again as they were", async () => {
    const server = new Server();
    const answers: Answer[] = Array.from({ length: 3 }, () => ({
      kind: "failed",
      reason: "503",
      retryAfterMs: undefined,
    }));
    server.says = () => answers.pop();
    await deliver(good(10), server);
    expect([server.failures, server.requests, server.held, server.aside]).toEqual([3, 4, good(10), []]);
  });

  it("are given up only where nobody shall try any more", async () => {
    const server = new Server();
    server.says = () => ({ kind: "failed", reason: "503", retryAfterMs: undefined });
    server.failed = () => Promise.reject(new Error("closing"));
    await expect(deliver(good(10), server)).rejects.toThrow("closing");
    expect(server.aside).toEqual([]);
  });

  it("that are older than the server keeps are counted, not set aside", async () => {
    const server = new Server();
    server.says = () => ({ kind: "expired", dropped: 4 });
    await deliver(good(10), server);
    expect([server.takenCount, server.expiredCount, server.aside]).toEqual([6, 4, []]);
  });

  it("one that is too large alone is set aside", async () => {
    const server = new Server();
    server.largest = 0;
    await deliver(good(3), server);
    expect(server.aside).toEqual(good(3));
  });
});
