/**
 * What a simulated process is: a state that moves only when it is told how much time has passed.
 * No timers, no clock, no I/O: the same seed and the same steps give the same values.
 */
export interface ProcessModel {
  /** Advances by `dtS` seconds, 0 or more. Long steps are cut into short ones inside. */
  step(dtS: number): void;
}
