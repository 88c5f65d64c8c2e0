import type { TagLookup } from "../expression-port.ts";
import type { CommandArgument } from "../plant.ts";
import { Status } from "../status.ts";
import type { DataType, Value } from "../value.ts";

/** In a command's feedback `args.NAME` is the value that was asked for; no machine may have this id. */
export const argumentsName = "args";

/** The types of the plant's tags and of a command's arguments, for the compiler. */
export function withArguments(
  types: ReadonlyMap<string, DataType>,
  given: readonly CommandArgument[],
): ReadonlyMap<string, DataType> {
  return new Map([...types, ...given.map(({ id, type }) => [`${argumentsName}/${id}`, type] as const)]);
}

/** The plant's samples, and under `args/NAME` what was asked for. */
export function lookupWith(lookup: TagLookup, values: ReadonlyMap<string, Value>): TagLookup {
  return (name) => {
    const value = name.startsWith(`${argumentsName}/`) ? values.get(name.slice(argumentsName.length + 1)) : undefined;
    return value === undefined ? lookup(name) : { value, status: Status.Good };
  };
}
