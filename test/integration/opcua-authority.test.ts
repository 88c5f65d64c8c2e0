import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Plant, preparePlant } from "../rig/plant.ts";
import { OpensslAuthority } from "./opcua-authority-files.ts";
import { desk, driverFolder, openBench } from "./opcua-channel.ts";
import { Peer } from "./opcua-peer.ts";

const wait = { timeout: 40_000, interval: 250 };

describe("a server whose certificate an authority of openssl's issued, and a running gateway", () => {
  let folder = "";
  let authority: OpensslAuthority;
  let peer: Peer;
  let plant: Plant;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "opcua-authority-"));
    authority = new OpensslAuthority(folder);
    authority.server(join(folder, "peer", "own"));
    peer = await Peer.start({ folder: join(folder, "peer") });
    plant = await preparePlant({
      change(configuration) {
        configuration.devices["peer-plc"] = { driver: "opcua", endpoint: peer.endpoint };
      },
    });
    await plant.start();
  });
  afterAll(async () => {
    await plant?.close();
    await peer?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const browse = async () => (await plant.plancia(["browse", "peer-plc"])).stderr;
  const trust = async (...args: string[]) => {
    const { code, stdout, stderr } = await plant.plancia(["trust", ...args]);
    return code === 0 ? stdout : stderr;
  };

  it("is refused with what is missing, one after the other, and connects when nothing is missing any more", async () => {
    const missing = (words: RegExp) => expect.poll(browse, wait).toMatch(words);
    await missing(/the issuer of O=Plant, CN=Plant Line is not known here: O=Plant, CN=Plant Root/);
    expect(await trust("--file", authority.file("root.pem"))).toMatch(/certificate of an authority, not of a device/);
    expect(await trust("--crl", authority.list("root"))).toMatch(/nobody here knows its authority/);
    expect(await trust("--authority", authority.file("root.pem"))).toMatch(/^trusted authority [0-9a-f]{64} /);
    await missing(/there is no revocation list of O=Plant, CN=Plant Line here/);
    expect(await trust("--issuer", authority.file("line.pem"))).toMatch(/^trusted issuer /);
    expect(await trust("--crl", authority.list("line"))).toMatch(/CN=Plant Line +0 /);
    await missing(/there is no revocation list of O=Plant, CN=Plant Root here/);
    expect(await trust("--crl", authority.list("root"))).toMatch(/CN=Plant Root +0 /);
    await expect.poll(browse, wait).toBe("");
    const { stdout } = await plant.plancia(["certificates"]);
    expect(stdout).toMatch(/trusted +[0-9a-f]{64} +peer-plc +O=Plant, CN=Peer +\S+ +through O=Plant, CN=Plant Root/);
  });

  it("loses the connection that stands once its certificate is revoked, and gets no other", async () => {
    authority.revokeServer();
    expect(await trust("--crl", authority.list("line"))).toMatch(/CN=Plant Line +1 /);
    await expect.poll(browse, wait).toMatch(/it is revoked since \d{4}-\d\d-\d\d/);
    expect((await plant.plancia(["certificates"])).stdout).toMatch(/peer-plc .* it is revoked since/);
    const { stdout } = await plant.plancia(["audit", "verify", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ ok: true });
  });
});

describe("a server that trusts the gateway's certificate, and that certificate renewed", () => {
  it("takes the one of before until it trusts the new one too, and none after both are unknown to it", async () => {
    await using folder = await driverFolder();
    if (!desk) throw new Error("the driver has no desk");
    const first = await desk.own(folder.path);
    const place = await mkdtemp(join(tmpdir(), "opcua-peer-"));
    const trusted = join(place, "pki", "trusted", "certs");
    await mkdir(trusted, { recursive: true });
    await writeFile(join(trusted, "gateway.pem"), first.pem);
    await using peer = await Peer.start({ folder: place, acceptsAnyClient: false });
    await expect(openBench(peer, folder.path)).rejects.toMatchObject({ code: "device/untrusted" });
    await desk.trust(folder.path, "plc");
    const connects = async () => {
      const bench = await openBench(peer, folder.path);
      await bench[Symbol.asyncDispose]();
      return bench.lost;
    };
    expect(await connects()).toEqual([]);
    const second = await desk.renewOwn(folder.path, Date.now());
    expect(second.before?.fingerprint).toBe(first.fingerprint);
    expect(await connects()).toEqual([]);
    await desk.renewOwn(folder.path, Date.now());
    await expect(connects()).rejects.toMatchObject({ timersLeft: 0 });
  });
});
