import { type Inspection, isDamagedState, isMapDamaged, type MapModel, type MapRun, mapResult } from '@vde/inspect';
import { type Call, tool } from './call.ts';
import { withInspection } from './open.ts';
import { printStream } from './print-stream.ts';
import { withProgress } from './progress.ts';
import { MapStrip, mapHead, mapTotals, runLine, runTableOf } from './render/map.ts';

/** Runs that people see unless they ask for all; damaged ones are told of beyond that, and as many of them. */
const shownRuns = 200;

export function run(call: Call): Promise<number> {
  return withInspection(call, call.args[0]!, async (inspection) => {
    const model = await withProgress(call, 'mapping', async (onProgress) => {
      const map = inspection.map({ onProgress, signal: call.signal });
      await printStream(call, { human: () => humanLines(call, inspection, map), result: () => mapResult(map, tool) });
      return map;
    });
    return isMapDamaged(model) ? 2 : 0;
  });
}

async function* humanLines(call: Call, inspection: Inspection, model: MapModel): AsyncGenerator<string> {
  const { style, isQuiet } = call;
  const table = runTableOf(model, await inspection.slots());
  const strip = new MapStrip(model.blocks, style);
  const choice = new RunChoice(call.isVerbose ? Number.POSITIVE_INFINITY : shownRuns);
  yield* mapHead(model, table, style);
  for await (const run of model.runs) {
    strip.add(run);
    if (choice.takes(run)) yield runLine(run, table, style);
  }
  if (choice.left > 0) yield style.dim(`  and ${choice.left} runs more; -v or -f ndjson has all`);
  yield* strip.lines({ isQuiet, blockSize: model.facts.blockSize });
  yield* mapTotals(model, style);
}

/** Which runs people see. */
class RunChoice {
  left = 0;
  readonly #max: number;
  #taken = 0;
  #damaged = 0;

  constructor(max: number) {
    this.#max = max;
  }

  takes({ state }: MapRun): boolean {
    const isDamaged = isDamagedState(state);
    const isTaken = this.#taken < this.#max || (isDamaged && this.#damaged < this.#max);
    if (isDamaged) this.#damaged++;
    if (isTaken) this.#taken++;
    else this.left++;
    return isTaken;
  }
}
