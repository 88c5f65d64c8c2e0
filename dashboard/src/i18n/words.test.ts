import { expect, test } from "vitest";
import { en } from "./en.ts";
import { it } from "./it.ts";
import { say } from "./language.svelte.ts";

const entries = Object.entries(en) as [keyof typeof en, string][];
const holes = (words: string) => [...words.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]).sort();

test("both languages have the same keys", () => {
  expect(Object.keys(it).sort()).toEqual(Object.keys(en).sort());
});

test.each(entries)("%s is filled in with the same things in both languages", (key, words) => {
  expect(holes(it[key])).toEqual(holes(words));
  expect(it[key]).not.toBe("");
});

test.each(entries)("%s has no exclamation, no plea, and calls no machine safe", (key, words) => {
  for (const text of [words, it[key]])
    expect(text).not.toMatch(/!|\bplease\b|\boops\b|\bper favore\b|\bsafe\b|\bsicur[oa]\b/i);
});

test("the word emergency stands only where it is denied", () => {
  for (const [key, words] of entries) {
    if (/emergency/i.test(words)) expect(words).toMatch(/not an emergency stop/);
    if (/emergenza/i.test(it[key])) expect(it[key]).toMatch(/[Nn]on è un arresto di emergenza/);
  }
});

test("a plural follows its count", () => {
  say.choose("en");
  expect(say.t("stop.all", { count: 1 })).toBe("Remote stop request, 1\u00a0machine");
  expect(say.t("stop.all", { count: 3 })).toBe("Remote stop request, 3\u00a0machines");
  say.choose("it");
  expect(say.t("attention.count", { count: 2 })).toBe("2 voci richiedono attenzione");
});

test("outside text stays text", () => {
  say.choose("en");
  expect(say.t("confirm.title", { name: "<b>Press</b> & co" })).toBe("Change <b>Press</b> & co");
});
