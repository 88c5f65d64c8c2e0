import type { PackmlState } from "../../packml/states.ts";
import { PackmlStation } from "../../packml/station.ts";
import type { WriteVerdict } from "../../process/machine-point.ts";
import { type Noise, seededNoise } from "../../process/noise.ts";
import type { ProcessModel } from "../../process/process-model.ts";
import { Filler } from "./filler.ts";
import { GatewayWatch } from "./gateway-watch.ts";
import { isOrderNumber, nextOrderNumber, type Order } from "./order.ts";
import { stepTank, type Tank, tankConstants } from "./tank.ts";

export interface FillingLineStart {
  readonly seed: number;
  /** `Execute` and `Stopped` are the usual ones. */
  readonly state: PackmlState;
  /** Upstream supply: so long there, then so long away; always there where `supplyOffS` is 0. */
  readonly supplyOnS: number;
  readonly supplyOffS: number;
  readonly orderTarget: number;
  /** The controller's clock, ms since 1970 UTC. */
  readonly clock: () => number;
}

/** What the controller accepts, whoever asks: its own guards, apart from any limit in a gateway. */
export const fillingLineGuards = {
  speedPerMin: [30, 240],
  volumeMl: [200, 1000],
  trimTenthsPercent: [-50, 50],
  recipe: [1, 12],
  orderTarget: [1, 1_000_000],
} as const;

export type FillingLineParameter = keyof typeof fillingLineGuards;

const longestStepS = 0.1;
/** The horn sounds in the states that lead to Execute: nothing turns yet. */
const soundsHorn: readonly PackmlState[] = ["Starting", "Unholding", "Unsuspending"];
const changeableOrder: readonly PackmlState[] = ["Stopped", "Idle", "Complete"];
/** From the number that is asked for to the recipe that is loaded for the next order. */
const recipeLoadS = 0.8;

/** A filling line: tank, filler, order and utilities, under a PackML controller. */
export class FillingLineModel implements ProcessModel {
  readonly station: PackmlStation;
  readonly gateway = new GatewayWatch();
  readonly #noise: Noise;
  readonly #filler: Filler;
  readonly #start: FillingLineStart;
  readonly #parameters: Record<FillingLineParameter, number>;
  #tank: Tank = { levelPercent: 68, temperatureC: 5.2, valveOpen: false };
  #order: Order;
  #supplied = true;
  #supplyClockS = 0;
  #processed = 1_846_220n;
  #defective = 7_412n;
  #energyKWh = 12_604.2;
  #powerKW = 0;
  #airBar = 6.2;
  #runS = 21_600;
  #recipeLoaded: number;
  #recipeWaitS = 0;

  constructor(start: FillingLineStart) {
    this.#start = start;
    this.#noise = seededNoise(start.seed);
    this.station = new PackmlStation(start.state, {
      mayMove: () => !this.#starved,
      moves: () => this.#filler.readings.speedPerMin > 0,
    });
    const { orderTarget } = start;
    this.#parameters = { speedPerMin: 120, volumeMl: 500, trimTenthsPercent: 0, recipe: 3, orderTarget };
    this.#recipeLoaded = this.#parameters.recipe;
    const speedPerMin = start.state === "Execute" ? this.#parameters.speedPerMin : 0;
    this.#filler = new Filler(this.#noise, { speedPerMin, volumeMl: this.#parameters.volumeMl });
    this.#order = { number: "FL-1041", target: orderTarget, good: 0, rejected: 0, startedMs: 0 };
    this.step(longestStepS);
  }

  get state(): PackmlState {
    return this.station.state;
  }

  get parameters(): Readonly<Record<FillingLineParameter, number>> {
    return this.#parameters;
  }

  /** What the instruments and contacts show. Levels and shares %, temperatures °C, pressure bar, power kW, energy kWh. */
  get readings() {
    return {
      ...this.station.readings,
      ...this.gateway.readings,
      warning: soundsHorn.includes(this.station.state),
      recipeLoaded: this.#recipeLoaded,
      supplied: this.#supplied,
      starved: this.#starved,
      ...this.#tank,
      ...this.#filler.readings,
      order: this.#order,
      clockMs: this.#start.clock(),
      processed: this.#processed,
      defective: this.#defective,
      energyKWh: this.#energyKWh,
      powerKW: this.#powerKW,
      airBar: this.#airBar,
      hoursSinceCleaning: Math.floor(this.#runS / 3600),
    };
  }

  step(dtS: number): void {
    for (let leftS = dtS; leftS > 1e-9; leftS -= longestStepS) this.#shortStep(Math.min(leftS, longestStepS));
  }

  /** Sets a parameter, within the controller's guard and with the key on REMOTE. */
  set(parameter: FillingLineParameter, value: number): WriteVerdict {
    const [low, high] = fillingLineGuards[parameter];
    if (!(value >= low && value <= high)) return "out-of-range";
    if (!this.station.keyRemote) return "wrong-state";
    if (parameter === "recipe" && value !== this.#parameters.recipe) this.#recipeWaitS = recipeLoadS;
    this.#parameters[parameter] = value;
    if (parameter === "orderTarget") this.#order = { ...this.#order, target: value };
    return "done";
  }

  /** Another order, where none is running; its counters start at 0. */
  setOrderNumber(text: string): WriteVerdict {
    if (!isOrderNumber(text)) return "out-of-range";
    if (!this.station.keyRemote || !changeableOrder.includes(this.station.state)) return "wrong-state";
    this.#beginOrder(text);
    return "done";
  }

  /** Cuts off the product supply by hand, or gives it back. */
  switchSupply(supply: "on" | "off"): void {
    this.#supplied = supply === "on";
    this.#supplyClockS = 0;
  }

  get #starved(): boolean {
    return this.#tank.levelPercent < tankConstants.starvedPercent;
  }

  #beginOrder(number: string): void {
    this.#order = { number, target: this.#parameters.orderTarget, good: 0, rejected: 0, startedMs: 0 };
  }

  #shortStep(dtS: number): void {
    this.station.step(dtS);
    if (this.gateway.step(this.station.state, dtS) === "lost") this.station.byItself("Hold", "gateway lost");
    this.#stepRecipe(dtS);
    this.#stepSupply(dtS);
    this.#stepFiller(dtS);
    this.#stepTankAndFeed(dtS);
    this.#stepUtilities(dtS);
  }

  #stepRecipe(dtS: number): void {
    this.#recipeWaitS = Math.max(0, this.#recipeWaitS - dtS);
    if (this.#recipeWaitS < 1e-9) this.#recipeLoaded = this.#parameters.recipe;
  }

  #stepSupply(dtS: number): void {
    const { supplyOnS, supplyOffS } = this.#start;
    if (supplyOffS <= 0) return;
    this.#supplyClockS += dtS;
    if (this.#supplyClockS < (this.#supplied ? supplyOnS : supplyOffS)) return;
    this.#supplied = !this.#supplied;
    this.#supplyClockS = 0;
  }

  #stepFiller(dtS: number): void {
    const { state } = this.station;
    const filled = this.#filler.step(
      this.#parameters,
      state === "Execute" ? "turning" : "halted",
      this.#processed,
      dtS,
    );
    this.#processed += BigInt(filled.bottles);
    this.#defective += BigInt(filled.rejected);
    const finished = this.#order.good >= this.#order.target;
    if (finished && state === "Resetting") this.#beginOrder(nextOrderNumber(this.#order.number));
    if (this.#order.startedMs === 0 && state === "Execute")
      this.#order = { ...this.#order, startedMs: this.#start.clock() };
    const good = this.#order.good + filled.bottles - filled.rejected;
    this.#order = { ...this.#order, good, rejected: this.#order.rejected + filled.rejected };
    if (good >= this.#order.target && state === "Execute") this.station.byItself("Complete", "order complete");
  }

  /** Without product the line suspends by itself and goes on when there is some again: PackML's Suspended is for outer causes. */
  #stepTankAndFeed(dtS: number): void {
    const { speedPerMin } = this.#filler.readings;
    const drawnLPerS = (speedPerMin / 60) * (this.#parameters.volumeMl / 1000);
    this.#tank = stepTank(this.#tank, drawnLPerS, this.#supplied, dtS);
    if (this.#starved) this.station.byItself("Suspend", "no material");
    const recovered = this.#tank.levelPercent > tankConstants.recoveredPercent;
    const byItself = this.station.state === "Suspended" && this.station.reason === "no material";
    if (recovered && byItself && this.station.inPlaceFor("Unsuspend")) this.station.byItself("Unsuspend", "none");
  }

  #stepUtilities(dtS: number): void {
    const { speedPerMin } = this.#filler.readings;
    if (speedPerMin > 0) this.#runS += dtS;
    this.#powerKW = 1.1 + (speedPerMin / 240) * 9.5 * (1 + this.#noise.normal(0.01));
    this.#energyKWh += (this.#powerKW * dtS) / 3600;
    this.#airBar = 6.2 - 0.35 * (speedPerMin / 240) + this.#noise.normal(0.02);
  }
}
