import type { lookup as resolveByName } from "node:dns";
import { createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { outboundTo } from "./outbound.ts";

type Answers = readonly (readonly string[])[];

/** Answers in their order, the last one again and again. */
function resolver(answers: Answers): typeof resolveByName {
  let asked = 0;
  const resolve = (_name: string, _options: object, answer: (error: null, found: object[]) => void) => {
    const found = answers[Math.min(asked++, answers.length - 1)] ?? [];
    answer(
      null,
      found.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
    );
  };
  return resolve as unknown as typeof resolveByName;
}

function lookedUp(url: string, allow: readonly string[], answers: Answers, all: boolean): Promise<unknown> {
  const { lookup } = outboundTo(url, allow, resolver(answers));
  return new Promise((resolve, reject) => {
    lookup(new URL(url).hostname, { all }, (error, found) => (error ? reject(error) : resolve(found)));
  });
}

const refusedAddresses = [
  "127.0.0.1",
  "127.9.9.9",
  "0.0.0.0",
  "::1",
  "::",
  "::ffff:127.0.0.1",
  "::ffff:a9fe:a9fe",
  "64:ff9b::7f00:1",
  "64:ff9b::a9fe:a9fe",
  "169.254.169.254",
  "169.254.0.1",
  "fe80::1",
  "fe80::1%eth0",
  "fd00:ec2::254",
  "100.100.100.200",
  "168.63.129.16",
  "224.0.0.1",
  "255.255.255.255",
  "ff02::1",
];

describe("S18: where a call may go", () => {
  it.each(refusedAddresses)("a name that turns out to be %s is not called", async (address) => {
    await expect(lookedUp("http://influx.example:8086", [], [[address]], true)).rejects.toThrow(
      "security.outbound.allow",
    );
  });

  it.each(["10.0.0.2", "192.168.1.9", "203.0.113.7", "2001:db8::7", "fd12:3456::1"])(
    "a name that is %s is called",
    async (address) => {
      expect(await lookedUp("http://influx.example", [], [[address]], false)).toBe(address);
    },
  );

  it("of several addresses only those are used that may be called", async () => {
    const found = await lookedUp("http://influx.example", [], [["127.0.0.1", "10.0.0.2", "fe80::2"]], true);
    expect(found).toEqual([{ address: "10.0.0.2", family: 4 }]);
  });

  it("what is allowed by address or network is called, its neighbours are not", async () => {
    const allow = ["169.254.7.7", "fe80::/64"];
    const url = "http://influx.example";
    expect(await lookedUp(url, allow, [["169.254.7.7"]], false)).toBe("169.254.7.7");
    expect(await lookedUp(url, allow, [["fe80::5"]], false)).toBe("fe80::5");
    await expect(lookedUp(url, allow, [["169.254.7.8"]], false)).rejects.toThrow("169.254.7.8");
  });

  it.each([
    ["http://127.0.0.1:8086", true],
    ["http://[::1]:8086", true],
    ["http://10.0.0.2", true],
    ["http://169.254.169.254", false],
    ["http://[fe80::1]", false],
    ["http://[::ffff:169.254.169.254]", false],
    // The same address in other figures.
    ["http://2852039166", false],
    ["http://0xa9.0xfe.0xa9.0xfe", false],
  ])("an address in the URL itself, %s: %s", (url, mayCall) => {
    const attempt = () => outboundTo(url, []).assertAddress();
    if (mayCall) expect(attempt).not.toThrow();
    else expect(attempt).toThrow("security.outbound.allow");
  });

  it("localhost means this computer, and still nothing link-local", async () => {
    expect(await lookedUp("http://localhost:8086", [], [["127.0.0.1"]], false)).toBe("127.0.0.1");
    await expect(lookedUp("http://localhost:8086", [], [["169.254.169.254"]], false)).rejects.toThrow();
  });
});

describe("S18: a name whose answer changes", () => {
  async function call(allow: readonly string[], answers: Answers): Promise<{ said: string; calls: number }> {
    let calls = 0;
    const server = createServer((_request, response) => {
      calls++;
      response.end("here");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://rebound.example:${(server.address() as AddressInfo).port}`;
    const { lookup } = outboundTo(url, allow, resolver(answers));
    try {
      const said = await new Promise<string>((resolve) => {
        get(url, { lookup, agent: false }, (response) => {
          response.resume();
          response.once("end", () => resolve("answered"));
        }).once("error", (error) => resolve(error.message));
      });
      return { said, calls };
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  }

  it("does not reach a service of this computer", async () => {
    const { said, calls } = await call([], [["127.0.0.1"]]);
    expect(said).toContain("rebound.example (127.0.0.1) is not called");
    expect(calls).toBe(0);
  });

  it("reaches it where it is allowed, by the same path", async () => {
    expect(await call(["127.0.0.1"], [["127.0.0.1"]])).toEqual({ said: "answered", calls: 1 });
  });

  it("is looked at anew for each connection", async () => {
    const { lookup } = outboundTo("http://rebound.example", [], resolver([["10.0.0.2"], ["127.0.0.1"]]));
    const once = () =>
      new Promise((resolve) => lookup("rebound.example", {}, (error, address) => resolve(error?.message ?? address)));
    expect(await once()).toBe("10.0.0.2");
    expect(await once()).toContain("is not called");
  });
});
