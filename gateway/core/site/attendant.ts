import { matches, type Role } from "../access/policy.ts";
import { PlanciaError } from "../errors.ts";

const attending: readonly Role[] = ["operator", "supervisor", "administrator"];

/** Whether somebody may act at the kiosk of this machine with his PIN. A guest or a viewer never does. */
export function mayAttend(
  person: { readonly role: Role; readonly equipment: readonly string[] },
  equipment: string,
): boolean {
  return attending.includes(person.role) && person.equipment.some((pattern) => matches(pattern, equipment));
}

export function mayHavePin(role: Role): boolean {
  return attending.includes(role);
}

/** Digits of a PIN. */
export const pinLength = { least: 6, most: 12 } as const;

/** @throws PlanciaError user/pin-weak. */
export function checkPin(pin: string): void {
  if (!/^[0-9]+$/.test(pin) || pin.length < pinLength.least || pin.length > pinLength.most)
    throw new PlanciaError(
      "user/pin-weak",
      `a PIN has ${pinLength.least} to ${pinLength.most} digits and nothing else`,
    );
  if (isRun(pin, 0)) throw new PlanciaError("user/pin-weak", "a PIN must not be one digit again and again");
  if (isRun(pin, 1) || isRun(pin, 9))
    throw new PlanciaError("user/pin-weak", "a PIN must not be a run such as 123456 or 876543");
}

/** Whether each digit is the one before plus `step`, with 0 after 9. */
function isRun(pin: string, step: number): boolean {
  return [...pin].every((digit, i) => i === 0 || Number(digit) === (Number(pin[i - 1]) + step) % 10);
}
