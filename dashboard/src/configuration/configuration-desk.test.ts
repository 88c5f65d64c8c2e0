import { describe, expect, it, vi } from "vitest";
import { NoAnswer } from "../api/client.ts";
import { ConfigurationDesk } from "./configuration-desk.svelte.ts";

function deskOver(post: () => Promise<unknown>, live = true) {
  const answers: Readonly<Record<string, unknown>> = {
    "/config/pending": { state: "same" },
    "/config/versions": { items: [{ n: 2 }, { n: 1 }] },
    "/config/versions/1": { parts: [], total: 0 },
  };
  const sent = vi.fn(post);
  const get = vi.fn(async (path: string) => answers[path]);
  const desk = new ConfigurationDesk({
    get: get as <Body>(path: string) => Promise<Body>,
    post: sent as <Body>(path: string, body: unknown) => Promise<Body>,
    live: () => live,
  });
  return { desk, sent, get };
}

describe("the desk of the configuration", () => {
  it("goes back once, however often it is asked meanwhile, and looks anew", async () => {
    const { desk, sent, get } = deskOver(async () => ({ items: [] }));
    await Promise.all([desk.back(1), desk.back(1)]);
    expect(sent).toHaveBeenCalledExactlyOnceWith("/config/versions/1/back", {});
    expect([desk.pending.value, desk.versions.value?.length, get.mock.calls.length]).toEqual([{ state: "same" }, 2, 2]);
  });

  it("sends nothing without a live connection, and says where nobody answered", async () => {
    const { desk, sent } = deskOver(async () => ({}), false);
    await desk.back(1);
    expect(sent).not.toHaveBeenCalled();
    const silent = deskOver(async () => {
      throw new NoAnswer("silent");
    });
    await silent.desk.back(1);
    expect([silent.desk.problem, silent.desk.acting]).toEqual(["no-answer", false]);
  });

  it("shows the changes of one version at a time, and closes them", () => {
    const { desk } = deskOver(async () => ({}));
    desk.choose(1);
    expect([desk.chosen, desk.changes === undefined]).toEqual([1, false]);
    desk.choose(1);
    expect([desk.chosen, desk.changes]).toEqual([undefined, undefined]);
  });
});
