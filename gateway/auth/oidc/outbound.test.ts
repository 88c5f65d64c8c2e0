import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { largestAnswer, outboundFetch } from "./outbound.ts";

/** A provider that answers so, and a way to call it that waits for so long. */
async function provider(answer: RequestListener, withinMs?: number) {
  const server = createServer(answer);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const call = outboundFetch(new Set([origin]), [], withinMs);
  return { origin, call: () => call(`${origin}/jwks`, {}) };
}
const unavailable = (words: string) => ({
  code: "auth/provider-unavailable",
  message: expect.stringContaining(words),
});

describe("what is asked of a provider", () => {
  it("is taken up to 1 MiB", async () => {
    const { call } = await provider((_request, response) => void response.end(Buffer.alloc(largestAnswer, 0x20)));
    expect((await (await call()).arrayBuffer()).byteLength).toBe(1024 * 1024);
  });

  it("is cut off beyond it, also where the length was not said", async () => {
    const { call } = await provider((_request, response) => {
      response.write(Buffer.alloc(largestAnswer, 0x20));
      response.write("!");
    });
    await expect(call()).rejects.toMatchObject(unavailable("longer than 1048576 bytes"));
  });

  it.each<[string, RequestListener]>([
    ["nothing is said", () => undefined],
    ["the answer never ends", (_request, response) => void response.write("{")],
  ])("is given up where %s", async (_what, answer) => {
    const { call } = await provider(answer, 50);
    await expect(call()).rejects.toMatchObject(unavailable("does not answer"));
  });

  it.each([
    [302, "redirect"],
    [503, "answers with 503"],
  ])("is refused as %i", async (status, words) => {
    const { call } = await provider((_request, response) =>
      response.writeHead(status, { location: "http://192.0.2.1/" }).end(),
    );
    await expect(call()).rejects.toMatchObject(unavailable(words));
  });

  it("is asked of no other origin", async () => {
    const { origin } = await provider((_request, response) => void response.end("{}"));
    const elsewhere = outboundFetch(new Set(["https://idp.example"]), []);
    await expect(elsewhere(`${origin}/jwks`, {})).rejects.toMatchObject(unavailable("neither its issuer's origin"));
  });
});
