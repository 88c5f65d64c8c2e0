import { type ErrorCode, errorCatalogue, PlanciaError } from "../core/errors.ts";

/** An error on its way to another thread, where the class of an object is lost. */
export interface Failure {
  readonly message: string;
  readonly name: string;
  readonly code?: ErrorCode | undefined;
  readonly retryAfterS?: number | undefined;
  readonly stack?: string | undefined;
}

export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { message: String(error), name: "Error" };
  const { message, name, stack } = error;
  if (!(error instanceof PlanciaError)) return { message, name, stack };
  return { message, name, stack, code: error.code, retryAfterS: error.retryAfterS };
}

export function errorOf({ message, name, code, retryAfterS, stack }: Failure): Error {
  const isOurs = code !== undefined && Object.hasOwn(errorCatalogue, code);
  const error = isOurs
    ? new PlanciaError(code, message, retryAfterS === undefined ? {} : { retryAfterS })
    : Object.assign(new Error(message), { name });
  if (stack !== undefined) error.stack = stack;
  return error;
}

export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
