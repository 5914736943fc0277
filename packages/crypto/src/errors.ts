/** Thrown when key material cannot be used: wrong format, wrong curve, a point that is not on the curve. */
export class KeyFormatError extends Error {
  /** Contract, unlike the message. */
  readonly code: 'badKey' = 'badKey';
  override readonly name = 'KeyFormatError';
}

/** Narrows an unknown error; works across copies of this package, where `instanceof` does not. */
export function isKeyFormatError(error: unknown): error is KeyFormatError {
  return error instanceof Error && error.name === 'KeyFormatError' && 'code' in error && error.code === 'badKey';
}

/** `subject: found X, expected Y`. Never put private bytes into `found`. */
export function badKey(subject: string, found: string, expected: string): KeyFormatError {
  return new KeyFormatError(`${subject}: found ${found}, expected ${expected}`);
}
