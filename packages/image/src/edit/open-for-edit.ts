import {
  type AnyRegionPlugin,
  type BlockRun,
  type Finding,
  findSlotProblem,
  isPendingScrub,
  isVdeError,
  ticksFromDate,
  VdeError,
  withoutRuns,
} from '@vde/format';
import type { BlockDevice } from '../device.ts';
import type { DiskImage, ReadCall } from '../disk-image.ts';
import { openImage } from '../open-image.ts';
import { randomGuid } from '../random-guid.ts';
import { type Recovery, recoverHead } from '../recover.ts';
import type { BlockWrite } from './block-writes.ts';
import { type Draft, dataSlotOf } from './draft.ts';
import { type Commit, ImageWriter } from './image-writer.ts';
import { pendingRuns, withPending } from './pending-scrub.ts';
import { claimedRuns, overlaps } from './runs.ts';
import { OpenTransaction, type Transaction } from './transaction.ts';

/** How an image is opened for editing. */
export interface EditOptions extends ReadCall {
  /** The region plugins to decode with. */
  readonly regions?: readonly AnyRegionPlugin[];
  /** Key of the header seal: it is made again with every edit. Without it a seal is cleared, which the edit tells. */
  readonly sealKey?: Uint8Array;
  /** The clock, ticks. */
  readonly now?: () => bigint;
  /** Identity of the writer in the superblock. Left out: a random one for each opening. */
  readonly sessionId?: string;
}

/** What an edit does. */
export type EditChange = (transaction: Transaction) => void | Promise<void>;

/** An image that is open for editing. Edits are carried out one after the other. */
export interface EditableImage {
  /** The image as it is now; another object after each edit. */
  readonly image: DiskImage;
  /** What opening it had to recover. */
  readonly recovery: Recovery;
  /**
   * Makes all changes of a transaction current, or none: after a crash at any moment a reader finds the image as before or as after. What
   * `change` throws is thrown on, and nothing is written. Gives what the edit could not keep, such as a seal without its key. Old bytes
   * that must not stay behind are zeroed, and what is overwritten in a ring is given up by a commit of its own before.
   * @throws VdeError before anything is written: `regionNotFound`, `noSpace`, `directoryFull`, `capacityExceeded`, `notWritable`,
   * `lossNotAccepted`, `liveBlock`, `reopenNeeded`, and codes of plugins. @throws VdeError `writeFailed`: the old state stands.
   * @throws VdeError `outcomeUnknown`: the old state stands or the new one; open the image again and look.
   */
  edit(change: EditChange, options?: ReadCall): Promise<readonly Finding[]>;
  /** Waits for edits that are under way; later ones are refused. The device stays open. */
  close(): Promise<void>;
}

/**
 * Opens an image for editing: recovers what a crash left, and finishes erasures that were cut off.
 * @throws VdeError `needsRepair` where superblocks or allocation bitmap cannot be trusted, `notWritable` for an image of a newer writer or
 * with features that forbid writing, and what `openImage` throws. @throws VdeError `writeFailed`.
 */
export async function openForEdit(device: BlockDevice, options: EditOptions = {}): Promise<EditableImage> {
  const image = await openImage(device, options);
  requireWritable(image);
  const { base, blockSize } = image;
  const recovery = await recoverHead({ source: device, base, blockSize });
  const { now = () => ticksFromDate(new Date()), sessionId = randomGuid(), regions, sealKey } = options;
  const writerOptions = { sessionId, sealKey, ...(regions && { regions }) };
  const writer = await ImageWriter.open(device, writerOptions, recovery === 'none' ? image : undefined);
  const editor = new Editor(writer, recovery, now);
  await editor.scrubPending();
  return editor;
}

/** Commits the state as it is, with bitmap and counters put right. @internal */
export async function commitAsItIs(device: BlockDevice): Promise<void> {
  const now = ticksFromDate(new Date());
  const writer = await ImageWriter.open(device, { sessionId: randomGuid() });
  await new Editor(writer, 'none', () => now).commitAsItIs();
}

const notForWriting = ['unknownReadOnlyFeatures', 'newerWriterNeeded'];

/** @throws VdeError `notWritable` for an image that a reader of this version may only read. */
export function requireWritable({ source, findings }: DiskImage): void {
  const found = findings.find(({ code }) => notForWriting.includes(code));
  if (found !== undefined) throw new VdeError('notWritable', `${source.name}: ${found.message}`);
}

class Editor implements EditableImage {
  readonly recovery: Recovery;
  readonly #writer: ImageWriter;
  readonly #now: () => bigint;
  #last: Promise<unknown> = Promise.resolve();

  constructor(writer: ImageWriter, recovery: Recovery, now: () => bigint) {
    this.#writer = writer;
    this.recovery = recovery;
    this.#now = now;
  }

  get image(): DiskImage {
    return this.#writer.image;
  }

  edit(change: EditChange, options: ReadCall = {}): Promise<readonly Finding[]> {
    const done = this.#last.then(() => this.#edit(change, options));
    this.#last = done.catch(() => {});
    return done;
  }

  async close(): Promise<void> {
    await this.#last;
    this.#writer.end();
  }

  async commitAsItIs(): Promise<void> {
    await this.#carryOut(await this.#open({}).workOut(this.#base({})));
  }

  /** Zeroes what an edit that was cut off left to be zeroed. */
  async scrubPending(): Promise<void> {
    const { pointers, totalBlocks, source } = this.image;
    const pending = pointers.filter((pointer) => isPendingScrub(pointer));
    if (pending.length === 0) return;
    const runs = pendingRuns(pointers);
    const claimed = claimedRuns(withPending(pointers, []), { dataSlot: dataSlotOf(this.image), totalBlocks });
    const isNobodys = (run: BlockRun) =>
      run.start + run.count <= totalBlocks && !claimed.some((other) => overlaps(other, run));
    if (pending.some((pointer) => findSlotProblem(pointer) !== undefined) || !runs.every(isNobodys)) {
      const message = `${source.name}: blocks that wait to be zeroed belong to a region, or to no volume`;
      throw new VdeError('needsRepair', message);
    }
    const draft = await this.#open({}).workOut(this.#base({}));
    await this.#carryOut(draft, { waiting: runs });
  }

  async #edit(change: EditChange, call: ReadCall): Promise<readonly Finding[]> {
    this.#writer.requireUsable();
    call.signal?.throwIfAborted();
    const transaction = this.#open(call);
    try {
      await change(transaction);
    } finally {
      transaction.close();
    }
    if (transaction.isEmpty) return [];
    const draft = await transaction.workOut(this.#base(call, transaction.now));
    if (draft.releases.length === 0) return this.#carryOut(draft, { signal: call.signal });
    const findings = await this.#release(draft, call);
    const rest = this.#continued(async () =>
      this.#carryOut(await transaction.workOut(this.#base({}, transaction.now))),
    );
    return [...findings, ...(await rest)];
  }

  /** Commits the states that give up what an edit overwrites. */
  async #release({ releases, now }: Draft, call: ReadCall): Promise<readonly Finding[]> {
    const transaction = this.#open(call);
    for (const { plugin, slot, state } of releases) transaction.put(plugin, state, { slot });
    return this.#carryOut(await transaction.workOut(this.#base(call, now)), { signal: call.signal });
  }

  #base({ signal }: ReadCall, now = this.#now()) {
    return { image: this.image, bitmap: this.#writer.bitmap, now, signal };
  }

  #open(call: ReadCall): OpenTransaction {
    return new OpenTransaction(this.#base(call));
  }

  /** Later commits of an edit: where one fails the edit is left to the next opening, and what it came to is not known. */
  async #continued<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (cause) {
      this.#writer.end(cause);
      if (isVdeError(cause, 'outcomeUnknown')) throw cause;
      const message = `${this.image.source.name}: an edit of several commits was begun and not ended`;
      throw new VdeError('outcomeUnknown', message, { cause });
    }
  }

  /**
   * One commit; up to three where something must not stay behind: the first lists the new blocks as waiting to be zeroed, so that nothing is
   * left of a commit that never comes; the second makes them current and lists the old ones instead; the third zeroes these.
   */
  async #carryOut(
    draft: Draft,
    { waiting = [], signal }: ReadCall & { readonly waiting?: readonly BlockRun[] } = {},
  ): Promise<readonly Finding[]> {
    const { guards, claims, frees, writes, incompatibleFeatures, moduleManifest, now } = draft;
    const { pointers: present, totalBlocks } = this.image;
    const { dataSlot } = draft;
    // Blocks that another region claims, too, are nobody's to zero.
    const others = claimedRuns(withPending(draft.pointers, []), { dataSlot, totalBlocks });
    const scrubs = [...waiting, ...draft.scrubs].flatMap((run) => withoutRuns(run, others));
    // Everything that can be refused is refused before the first commit: later ones need no room of their own.
    withPending(draft.pointers, guards.length > scrubs.length ? guards : scrubs);
    let spare = guards.length + scrubs.length > 0 ? draft.placeSlot(this.#writer.bitmapRun.count).start : undefined;
    const placeBitmap = () => {
      const start = spare ?? draft.placeSlot(this.#writer.bitmapRun.count).start;
      spare = this.#writer.bitmapRun.start;
      return { start, data: dataSlot === undefined ? undefined : draft.pointers[dataSlot] };
    };
    const findings: Finding[] = [];
    let isFirst = true;
    const commit = async (step: Omit<Commit, 'now' | 'placeBitmap' | 'signal'>) => {
      const run = () => this.#writer.commit({ ...step, now, placeBitmap, ...(isFirst && { signal }) });
      findings.push(...(await (isFirst ? run() : this.#continued(run))));
      isFirst = false;
    };
    if (guards.length > 0)
      await commit({ pointers: withPending(present, guards), writes: [], claims: guards, frees: [] });
    const features = { incompatibleFeatures, moduleManifest };
    if (waiting.length === 0)
      await commit({ pointers: withPending(draft.pointers, scrubs), writes, claims, frees, ...features });
    if (scrubs.length > 0) {
      const blanks = scrubs.map((run): BlockWrite => ({ kind: 'blank', ...run }));
      await commit({ pointers: withPending(this.image.pointers, []), writes: blanks, claims: [], frees: scrubs });
    }
    return findings;
  }
}
