/**
 * Details of each error code. Packages add theirs by declaration merging:
 * `declare module '@vde/format' { interface VdeErrorDetails { hashMismatch: { expected: string } } }`.
 */
// biome-ignore lint/suspicious/noEmptyInterface: filled by declaration merging
export interface VdeErrorDetails {}

type DetailsOf<Code extends string> = Code extends keyof VdeErrorDetails ? VdeErrorDetails[Code] : unknown;

/**
 * The one error class for wrong data. `code` is contract, the message is not. Narrow with {@link isVdeError}, never with
 * `instanceof`: a plugin may carry its own copy of this package.
 */
export class VdeError<Code extends string = string> extends Error {
  override readonly name = 'VdeError';
  readonly code: Code;
  readonly details: DetailsOf<Code>;

  constructor(code: Code, message: string, options: { details?: DetailsOf<Code>; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details as DetailsOf<Code>;
  }
}

/** Tells whether `error` is a {@link VdeError} (of any copy of this package), and of the given code when one is named. */
export function isVdeError<Code extends string = string>(error: unknown, code?: Code): error is VdeError<Code> {
  if (typeof error !== 'object' || error === null) return false;
  const candidate = error as { name?: unknown; code?: unknown };
  return (
    candidate.name === 'VdeError' && typeof candidate.code === 'string' && (code ?? candidate.code) === candidate.code
  );
}
