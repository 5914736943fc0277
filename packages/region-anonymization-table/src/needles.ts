import { bytes, KeyIndex, PackedRecords, record } from '@vde/format';

/** A hash or a token of an erased mapping. */
const Secret = /* @__PURE__ */ record('Secret', { value: /* @__PURE__ */ bytes(32) });

/** Collects hashes and tokens while mappings are erased: what to search an image for afterwards. */
export class Needles {
  readonly #secrets = new PackedRecords(Secret);

  /** Moves the 32 bytes at `offset` here and leaves zeros. Whether they were something else. */
  take(view: DataView, offset: number): boolean {
    if (isZeroAt(view, offset)) return false;
    const at = this.#secrets.length * Secret.size;
    this.#secrets.extend(1);
    const own = this.#secrets.view;
    for (let i = 0; i < Secret.size; i += 4) {
      own.setUint32(at + i, view.getUint32(offset + i));
      view.setUint32(offset + i, 0);
    }
    return true;
  }

  /** The distinct values in the order in which they came. Only the copies that are given remain. */
  finish(): Uint8Array<ArrayBuffer>[] {
    const { size } = Secret;
    const stored = this.#secrets.bytes();
    const index = new KeyIndex(this.#secrets, 'value');
    let count = 0;
    for (let i = 0; i < this.#secrets.length; i++) {
      if (index.previous(i) < 0) stored.copyWithin(size * count++, size * i, size * (i + 1));
    }
    const copies = stored.slice(0, size * count);
    stored.fill(0);
    return Array.from({ length: count }, (_, i) => copies.subarray(size * i, size * (i + 1)));
  }
}

function isZeroAt(view: DataView, offset: number): boolean {
  for (let i = 0; i < Secret.size; i += 4) if (view.getUint32(offset + i) !== 0) return false;
  return true;
}

/** Zero-fills needles once they have been searched for. */
export function wipeNeedles(needles: readonly Uint8Array[]): void {
  for (const needle of needles) needle.fill(0);
}
