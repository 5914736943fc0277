/**
 * Stands in for `Intl.Segmenter` in the built program: string-width makes one when it is loaded, which takes
 * 11 ms, and needs it only for text outside ASCII.
 */
export class LazySegmenter {
  #segmenter: Intl.Segmenter | undefined;

  segment(text: string): Intl.Segments {
    this.#segmenter ??= new globalThis.Intl.Segmenter();
    return this.#segmenter.segment(text);
  }
}
