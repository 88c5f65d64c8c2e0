import { expect, it } from "vitest";
import { byTemplate } from "./made-of.ts";

const machine = (id: string, template?: string, table?: string) => ({
  id,
  name: { en: id, it: id },
  ...(template === undefined ? {} : { madeOf: { template, ...(table === undefined ? {} : { table }) } }),
});

it("puts machines of one template and one table together, and leaves the others out", () => {
  const all = [
    machine("m_1", "meter", "hall"),
    machine("press"),
    machine("m_3", "meter"),
    machine("m_2", "meter", "hall"),
  ];
  expect(
    byTemplate(all).map(({ template, table, machines }) => [template, table, machines.map(({ id }) => id)]),
  ).toEqual([
    ["meter", undefined, ["m_3"]],
    ["meter", "hall", ["m_1", "m_2"]],
  ]);
  expect(byTemplate([machine("press")])).toEqual([]);
});
