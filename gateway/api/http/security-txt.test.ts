import { expect, it } from "vitest";
import { testServer } from "../../core/testing/plant.ts";
import { InjectBench } from "../testing/inject.ts";
import { securityTxt } from "./security-txt.ts";

const server = { ...testServer, securityContact: "mailto:security@example.com", publicUrl: "https://plancia.example/" };

it("names the contact, an end within a year and its own address (RFC 9116)", () => {
  expect(securityTxt(server, Date.UTC(2026, 0, 1))).toBe(
    "Contact: mailto:security@example.com\nExpires: 2026-06-30T00:00:00.000Z\nPreferred-Languages: en, it\nCanonical: https://plancia.example/.well-known/security.txt\n",
  );
});

it("is there for anybody, and not where nobody is named", async () => {
  const [named, silent] = [new InjectBench({}, { server }), new InjectBench()];
  const answer = await named.call("GET", "/.well-known/security.txt");
  expect([answer.status, answer.headers["content-type"]]).toEqual([200, "text/plain; charset=utf-8"]);
  expect((await silent.call("GET", "/.well-known/security.txt")).status).toBe(404);
  await Promise.all([named.close(), silent.close()]);
});
