import { expect, it } from "vitest";
import { header, loadText } from "./testing/configuration.ts";

it("takes where a driver runs, and leaves what is not said open", async () => {
  const loaded = await loadText(`${header}drivers: { cells: { thread: gateway } }\n`);
  expect(loaded.ok && [...(loaded.plant.driverThreads ?? [])]).toEqual([["cells", "gateway"]]);
  const plain = await loadText(header);
  expect(plain.ok && plain.plant.driverThreads?.size).toBe(0);
});

it.each([
  ["drivers: { cellz: { thread: own } }", /there is no driver "cellz".*did you mean/],
  ["drivers: { cells: { thread: none } }", /thread/],
  ["drivers: { cells: {} }", /thread/],
])("refuses %s", async (text, why) => {
  const loaded = await loadText(`${header}${text}\n`);
  expect(loaded.ok ? [] : loaded.problems.map(({ message }) => message)).toEqual([expect.stringMatching(why)]);
});
