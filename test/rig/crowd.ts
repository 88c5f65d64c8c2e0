import type { Configuration } from "./configuration.ts";
import type { Answer, Person } from "./person.ts";
import { type Plant, password } from "./plant.ts";

/** Commands of one person that may be on their way at once. */
const perPerson = 20;

/** So many names for one tag, each of which can be written at the same time as all others: `NAME_0` and on. */
export function manyNames(configuration: Configuration, equipment: string, tag: string, count: number): void {
  const tags = configuration.equipment[equipment]?.tags;
  const one = tags?.[tag];
  if (!tags || !one) throw new Error(`there is no ${equipment}/${tag}`);
  const {
    every: _rate,
    maxStep: _step,
    interlocks: _interlocks,
    ...writable
  } = one["writable"] as Record<string, unknown>;
  for (let n = 0; n < count; n++) tags[`${tag}_${n}`] = { ...one, writable };
}

/** Enough operators that so many commands can be on their way at once. */
export async function crowdFor(commands: number, plant: Plant, administrator: Person): Promise<readonly Person[]> {
  const people: Person[] = [];
  for (let n = 0; n < Math.ceil(commands / perPerson); n++) {
    const name = `operator${n}`;
    const user = { name, role: "operator", equipment: ["*"], password, language: "en" };
    const added = await administrator.post("/users", user);
    if (added.status !== 201) throw new Error(`user ${name}: ${JSON.stringify(added)}`);
    people.push(await plant.enter(name));
  }
  return people;
}

/** All of it at once, each on a name of its own; answered as soon as it is under way. */
export async function writeAll(
  crowd: readonly Person[],
  target: string,
  values: readonly number[],
): Promise<readonly Answer<{ id: string; state: string }>[]> {
  const [first] = crowd;
  const ticket = await first?.ticket();
  return Promise.all(
    values.map((value, n) => (crowd[n % crowd.length] as Person).write(`${target}_${n}`, value, { ticket, wait: 0 })),
  );
}
