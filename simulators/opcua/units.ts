import { type EUInformation, makeEUInformation } from "node-opcua";

/** UNECE Recommendation 20 code and long name of the units that the plants use (Part 8 §5.6.4.3). */
const units: ReadonlyMap<string, readonly [code: string, name: string]> = new Map([
  ["%", ["P1", "percent"]],
  ["°C", ["CEL", "degree Celsius"]],
  ["K", ["KEL", "kelvin"]],
  ["1/min", ["C94", "reciprocal minute"]],
  ["A", ["AMP", "ampere"]],
  ["bar", ["BAR", "bar"]],
  ["h", ["HUR", "hour"]],
  ["kW", ["KWT", "kilowatt"]],
  ["kWh", ["KWH", "kilowatt hour"]],
  ["ml", ["MLT", "millilitre"]],
  ["mm", ["MMT", "millimetre"]],
  ["mm/min", ["H81", "millimetre per minute"]],
  ["N·m", ["NU", "newton metre"]],
  ["s", ["SEC", "second"]],
]);

/** Engineering units as OPC UA describes them. Throws RangeError on a unit that is not in the table. */
export function engineeringUnits(unit: string): EUInformation {
  const known = units.get(unit);
  if (known === undefined) throw new RangeError(`no code is known for the unit ${unit}`);
  return makeEUInformation(known[0], unit, known[1]);
}
