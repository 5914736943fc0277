import { type AllocationBitmap, VdeError, xxh64 } from '@vde/format';
import type { DiskImage, ImageSlot } from '@vde/image';
import type { Tool } from '../json/envelope.ts';
import type { BlockJudge, ScanState } from './block-judge.ts';
import type { CheckedRegion } from './regions.ts';
import type { ScanPlan } from './scan-plan.ts';
import { badState, fieldsOf, parseScanState, requireConsistent } from './state-read.ts';

/** Who keeps the state of a check, and what tells the image from what it is later, besides its metadata. */
export interface CheckStateContext {
  readonly tool: Tool;
  /** When the image was modified, in any form that is the same as long as it was not modified again. */
  readonly modified: string;
}

/** What the blocks of a scan depend on. */
interface ScannedImage {
  readonly image: DiskImage;
  readonly level: string;
  readonly bitmap: AllocationBitmap | undefined;
  readonly regions: ReadonlyMap<ImageSlot, CheckedRegion>;
}

const schema = 'vde/check-state/1';
const textFields = ['schema', 'tool', 'level', 'size', 'modified', 'volumeUuid', 'head', 'plan'] as const;
type Identity = Readonly<Record<(typeof textFields)[number], string>>;

interface SavedCheck {
  readonly identity: Identity;
  readonly scan: ScanState;
}

/**
 * How far a check is, to go on from there another time: pass a new one to a check and keep what `save` gives now and then;
 * pass one made of that to the next check of the same image. What it finds then is what one check without a break finds.
 * Blocks are not read again; the container, the bitmap, the regions' contents and audits are.
 */
export class CheckState {
  readonly #context: CheckStateContext;
  readonly #saved: SavedCheck | undefined;
  #identity: Identity | undefined;
  #judge: BlockJudge | undefined;

  constructor(context: CheckStateContext, saved?: SavedCheck) {
    this.#context = context;
    this.#saved = saved;
  }

  /**
   * Reads what `save` gave. The text is checked for damage, not for forgery: whoever can write it can lie about blocks.
   * @throws VdeError `badCheckState`. Whether it belongs to the image turns out when the check begins.
   */
  static from(text: string, context: CheckStateContext): CheckState {
    let document: unknown;
    try {
      document = JSON.parse(text);
    } catch {
      throw badState('it is no JSON');
    }
    const { checksum, identity, scan } = fieldsOf(document, 'it', ['identity', 'scan', 'checksum']);
    const texts = fieldsOf(identity, 'identity', textFields);
    for (const name of textFields) if (typeof texts[name] !== 'string') throw badState(`${name} is no text`);
    if (texts['schema'] !== schema) throw badState(`its schema is not ${schema}`);
    if (checksum !== checksumOf(identity, scan)) throw badState('its checksum does not fit');
    return new CheckState(context, { identity: texts as Identity, scan: parseScanState(scan) });
  }

  /** The state as text; `undefined` until the first blocks are judged. */
  save(): string | undefined {
    if (this.#identity === undefined || this.#judge === undefined) return undefined;
    const [identity, scan] = [this.#identity, this.#judge.state];
    if (scan.next === 0) return undefined;
    return JSON.stringify({ identity, scan, checksum: checksumOf(identity, scan) });
  }

  /**
   * Where a scan goes on. @throws VdeError `otherCheckState` when the state is of another image, of what the image was before,
   * or of another kind of check; `badCheckState`.
   * @internal
   */
  begin(scanned: ScannedImage, plan: ScanPlan): ScanState | undefined {
    this.#identity = this.#identityOf(scanned);
    if (this.#saved === undefined) return undefined;
    const { identity, scan } = this.#saved;
    for (const name of textFields) {
      const [expected, actual] = [this.#identity[name], identity[name]];
      if (expected === actual) continue;
      const what = name === 'tool' || name === 'level' ? 'another check' : 'another image, or of what it was before';
      const message = `the state of the check is of ${what}: ${name} is ${brief(actual)}, expected ${brief(expected)}`;
      throw new VdeError('otherCheckState', message, { details: { field: name, expected, actual } });
    }
    requireConsistent(scan, scanned.image, plan);
    return scan;
  }

  /** Keeps the state of this judge from now on. @internal */
  follow(judge: BlockJudge): void {
    this.#judge = judge;
  }

  #identityOf({ image, level, bitmap, regions }: ScannedImage): Identity {
    const { tool, modified } = this.#context;
    const head = [...image.group.blocks, ...image.directory.blocks].map(({ bytes }) => hexOf(xxh64(bytes)));
    const slots = image.slots.map((slot) => {
      const region = regions.get(slot);
      return [slot.index, slot.type, slot.startBlock, slot.blockCount, region?.plugin.id, region?.judgedBlocks];
    });
    const bits = bitmap?.payloads.map((payload) => hexOf(xxh64(payload))) ?? [];
    const { base, blockSize, totalBlocks, presentBlocks, group } = image;
    const plan = [base, blockSize, totalBlocks, presentBlocks, group.copyUsed, slots, bits];
    return {
      schema,
      tool: `${tool.name} ${tool.version}`,
      level,
      size: String(image.source.size),
      modified,
      volumeUuid: image.superblock?.volumeUuid ?? '',
      head: textHash(head.join()),
      plan: textHash(JSON.stringify(plan)),
    };
  }
}

const checksumOf = (identity: unknown, scan: unknown): string => textHash(JSON.stringify([identity, scan]));
const textHash = (text: string): string => hexOf(xxh64(new TextEncoder().encode(text)));
const hexOf = (hash: bigint): string => hash.toString(16).padStart(16, '0');
const brief = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
