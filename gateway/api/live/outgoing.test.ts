import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { Outgoing } from "./outgoing.ts";

const turn = () => new Promise((resolve) => setImmediate(resolve));
const frame = (text: string) => Buffer.from(text);

function reader() {
  const socket = { readyState: 1 };
  const stream = new PassThrough();
  const written: string[] = [];
  stream.on("data", (chunk: Buffer) => written.push(chunk.toString()));
  return { socket, stream, written, outgoing: new Outgoing(socket, stream) };
}

describe("what is on its way to a reader", () => {
  it("leaves at the end of the turn, in order, and counts until then", async () => {
    const { outgoing, written } = reader();
    outgoing.add(frame("one"));
    outgoing.add(frame("two"));
    expect(written).toEqual([]);
    expect(outgoing.bytes).toBe(6);
    await turn();
    await turn();
    expect(written.join(" ")).toBe("one two");
    expect(outgoing.bytes).toBe(0);
    outgoing.add(frame("three"));
    await turn();
    await turn();
    expect(written.join(" ")).toBe("one two three");
  });

  it("leaves before a close, and is not sent again after it", async () => {
    const { outgoing, written } = reader();
    outgoing.add(frame("last"));
    outgoing.leave();
    await turn();
    await turn();
    expect(written).toEqual(["last"]);
  });

  it.each([
    ["the other side closes meanwhile", 2],
    ["the connection ended meanwhile", 3],
  ])("says nothing after the close: %s", async (_name, state) => {
    const { socket, outgoing, written } = reader();
    outgoing.add(frame("late"));
    socket.readyState = state;
    await turn();
    await turn();
    expect(written).toEqual([]);
    expect(outgoing.bytes).toBe(0);
  });

  it("writes to no stream that has ended", async () => {
    const { stream, outgoing } = reader();
    outgoing.add(frame("late"));
    stream.destroy();
    await turn();
    expect(outgoing.bytes).toBe(0);
  });

  it("counts what the stream holds back", async () => {
    const { stream, outgoing } = reader();
    stream.cork();
    outgoing.add(frame("held"));
    await turn();
    expect(outgoing.bytes).toBe(4);
  });
});
