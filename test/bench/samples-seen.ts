import type { GatewayProcess } from "./gateway-process.ts";

/** How many samples reach the dashboard while something is measured: whether the load was there at all. */
export class SamplesSeen {
  #count = 0;
  #before = 0;
  #beganMs = 0;
  #perSecond = 0;

  constructor(gateway: GatewayProcess) {
    gateway.onSample = () => void this.#count++;
  }

  begin(): void {
    [this.#beganMs, this.#before] = [performance.now(), this.#count];
  }

  end(): void {
    this.#perSecond = ((this.#count - this.#before) / (performance.now() - this.#beganMs)) * 1000;
  }

  /** Fewer than `least` samples/s fail the measurement. */
  tell(least: number): void {
    process.stdout.write(`${this.#perSecond.toFixed(0)} samples/s reached the dashboard meanwhile\n`);
    if (this.#perSecond >= least) return;
    process.stdout.write("too few samples: the load was not there\n");
    process.exitCode = 1;
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
