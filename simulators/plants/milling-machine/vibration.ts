import type { PublishedTopic } from "../../mqtt/topic.ts";
import type { MillModel } from "./model.ts";

/** The vibration sensor on the spindle head: mm/s, once a second; `ts` in milliseconds since 1970 UTC. */
export function vibrationTopics(mill: MillModel): readonly PublishedTopic[] {
  return [
    {
      topic: "lab/mill/vibration",
      everyS: 1,
      payload: (ts) => ({
        rms: Number(mill.readings.rmsMmPerS.toFixed(3)),
        peak: Number(mill.readings.peakMmPerS.toFixed(3)),
        ts,
      }),
    },
  ];
}
