import type { InputTopic, PublishedTopic } from "../../mqtt/topic.ts";
import { doorCount, type HallModel } from "./model.ts";

/** What the hall's sensors publish (README.md has it as a table). `ts` is in milliseconds since 1970 UTC. */
export function hallTopics(hall: HallModel): readonly PublishedTopic[] {
  const doors = Array.from(
    { length: doorCount },
    (_, index): PublishedTopic => ({
      topic: `hall/doors/${index + 1}`,
      everyS: 5,
      onChange: "publish and retain",
      payload: (ts) => ({ open: hall.readings.doors[index] ?? false, ts }),
    }),
  );
  return [
    {
      topic: "hall/climate",
      everyS: 1,
      payload: (ts) => ({
        temperature: rounded(hall.readings.temperatureC, 2),
        humidity: rounded(hall.readings.humidityPercent, 1),
        ts,
      }),
    },
    { topic: "hall/air", everyS: 1, payload: (ts) => ({ pressure: rounded(hall.readings.airBar, 3), ts }) },
    ...doors,
    {
      topic: "hall/lights/state",
      everyS: 2,
      onChange: "publish and retain",
      payload: (ts) => ({ ...hall.readings.lights, ts }),
    },
  ];
}

/** What others may ask the hall for. */
export function hallInputs(hall: HallModel): readonly InputTopic[] {
  return [{ topic: "hall/lights/set", acknowledge: "hall/lights/state", write: (body) => hall.setLights(body) }];
}

function rounded(value: number, decimals: number): number {
  return Number(value.toFixed(decimals));
}
