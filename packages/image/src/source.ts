/** Where an image's bytes come from. Offsets and sizes are bytes. */
export interface BlockSource {
  readonly size: number;
  /** For messages: a path, a URL, or what the bytes are. */
  readonly name: string;
  /**
   * Fills `into` from `offset` and gives the number of bytes read: fewer than asked only at the end of the source, zero behind
   * it. @throws VdeError `readFailed` when the medium fails. @throws `signal.reason` when aborted.
   */
  read(offset: number, into: Uint8Array, options?: { readonly signal?: AbortSignal | undefined }): Promise<number>;
  /** Frees what the source holds open. Reading afterwards fails. */
  close?(): Promise<void>;
}
