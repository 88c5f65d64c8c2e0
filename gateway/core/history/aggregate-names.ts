import { type BucketAggregate, bucketAggregates } from "../history-port.ts";

/** Names with commas between, in their order; undefined: one of them is none, or stands there twice. */
export function namedAggregates(text: string): readonly BucketAggregate[] | undefined {
  const names = text.split(",");
  const found = names.flatMap((one) => bucketAggregates.filter((name) => name === one));
  return found.length === names.length && new Set(names).size === names.length ? found : undefined;
}

/** The unit of an aggregate of a tag that has this one. */
export function unitOf(aggregate: BucketAggregate, unit: string | undefined): string | undefined {
  if (aggregate === "count") return undefined;
  if (aggregate === "percentGood") return "%";
  return aggregate === "durationInState" ? "ms" : unit;
}
