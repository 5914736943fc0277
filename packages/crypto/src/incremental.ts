import { requireBytes } from './bytes.ts';

/** SHA-256 over bytes that arrive in pieces. */
export interface Sha256 {
  /** Appends bytes; they are consumed at once and not kept. */
  update(bytes: Uint8Array): this;
  /** The hash of all pieces, 32 bytes. Ends the object: every later call throws a `TypeError`. */
  digest(): Uint8Array<ArrayBuffer>;
}

/** Gives both implementations the same checks and the same end of life. */
export function guardHash(append: (bytes: Uint8Array) => void, finish: () => Uint8Array<ArrayBuffer>): Sha256 {
  let finished = false;
  const requireOpen = () => {
    if (finished) throw new TypeError('digest() was called before: start a new createSha256()');
  };
  return {
    update(bytes) {
      requireOpen();
      requireBytes(bytes, 'bytes');
      append(bytes);
      return this;
    },
    digest() {
      requireOpen();
      finished = true;
      return finish();
    },
  };
}
