import type { Point, PointFacts } from "../../core/driver-port.ts";
import { type OpcuaAddress, resolveAddress } from "./address.ts";
import type { Browser } from "./browsing.ts";
import { targetOf } from "./items.ts";
import { WireType } from "./node-opcua.ts";
import { describeValues, enumerationsOf } from "./variables.ts";

/** What the server says of these points, in order; of a field of a structure the texts of its type alone. */
export async function describePoints(browser: Browser, points: readonly Point[]): Promise<readonly PointFacts[]> {
  const places = points.map((point) => targetOf(point, browser.facts)?.nodeId);
  const known = places.filter((nodeId) => nodeId !== undefined);
  const described = (await describeValues(browser, known)).values();
  const enumerations = enumerationsOf(browser);
  const found: PointFacts[] = [];
  for (const [i, nodeId] of places.entries()) {
    const variable = nodeId && described.next().value;
    const path = pathOf(points[i] as Point);
    if (path === undefined || !variable) {
      found.push(variable ? { unit: variable.unit, range: variable.range, texts: variable.texts } : {});
      continue;
    }
    const { dataType, wire, rank } = variable;
    const isStructure = dataType !== undefined && wire === WireType.ExtensionObject;
    const fields = isStructure ? await browser.structures.fieldsOf(dataType) : [];
    const inside = rank < 0 ? path : path.replace(/^\[0\]\./, "");
    const field = fields.find((each) => each.path === inside);
    found.push(field?.wire === WireType.Int32 ? { texts: await enumerations.textsOf(field.dataType) } : {});
  }
  return found;
}

/** A place in a list says nothing else than the first one: what is told is told of all. */
function pathOf({ address }: Point): string | undefined {
  const { path } = resolveAddress(address as OpcuaAddress);
  return path?.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[0]`;
    return text === "" ? step : `${text}.${step}`;
  }, "");
}
