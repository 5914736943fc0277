import { readFile } from 'node:fs/promises';
import {
  type AnyRegionPlugin,
  type RegionChange,
  VdeError,
  type VerbArg,
  type VerbArgs,
  type VerbContext,
} from '@vde/format';
import type { EditableImage, Transaction } from '@vde/image';
import type { Call } from './call.ts';
import { editImage, hinting } from './edit-image.ts';
import { keyOf, parseNumber, usageError } from './options.ts';
import { exampleOf, inSentence } from './verb-commands.ts';

/** Carries out an editing command of a region. */
export async function runVerb(call: Call, plugin: AnyRegionPlugin, name: string): Promise<number> {
  const args = await readArgs(call, plugin.verbs!.commands[name]!.args);
  const given = call.text('slot');
  const wanted = given === undefined ? undefined : parseNumber('slot', given, 12);
  const path = call.args[0]!;
  const hints = {
    regionNotFound: wanted === undefined ? `vde region add ${path} ${plugin.id}` : `vde ls ${path}`,
    lossNotAccepted: '--accept-loss, or vde export first',
    noSpace: `vde map ${path}`,
  };
  let slot = -1;
  return hinting(hints, () =>
    editImage(call, {
      slotOf: async (image) => {
        slot = await slotOf(image, plugin, wanted);
        return slot;
      },
      async change(image) {
        const findings = await image.edit((tx) => apply(call, tx, { plugin, name, slot, args }), {
          signal: call.signal,
        });
        return { slot, findings };
      },
    }),
  );
}

/** @throws VdeError `usage` for a slot of another type, `regionNotFound`. */
async function slotOf({ image }: EditableImage, plugin: AnyRegionPlugin, wanted: number | undefined): Promise<number> {
  const found = image.slots.find(({ index }) => index === wanted);
  if (found !== undefined && !plugin.slotTypes.includes(found.type)) {
    const message = `--slot ${wanted} is of type ${found.type}, expected ${plugin.slotTypes.join(' or ')}`;
    throw usageError(message, `vde ls ${image.source.name}`);
  }
  const options = wanted === undefined ? {} : { slot: wanted };
  const { slot } = await image.region(plugin, { ...options, lenient: true });
  return slot.index;
}

interface VerbCall {
  readonly plugin: AnyRegionPlugin;
  readonly name: string;
  readonly slot: number;
  readonly args: VerbArgs;
}

async function apply(call: Call, tx: Transaction, { plugin, name, slot, args }: VerbCall): Promise<void> {
  const { image, now } = tx;
  const { state, slot: place, findings } = await image.region(plugin, { slot, lenient: true, signal: call.signal });
  if (state === undefined) {
    const why = findings.find(({ severity }) => severity === 'error')?.message ?? 'nothing of it can be read';
    throw new VdeError('lossNotAccepted', `${inSentence(plugin.title)} in slot ${slot}: ${why}`, {
      details: { hint: `vde check ${image.source.name}` },
    });
  }
  const context = {
    geometry: image.geometry,
    blockCount: place.blockCount,
    now,
    generation: await tx.generationOf(plugin, { slot }),
    allocate: (blockCount: number) => tx.allocate(blockCount),
  };
  const change = runOrExplain(call, plugin.verbs!.commands[name]!, { state, args, context });
  tx.apply(plugin, change, { slot, acceptLoss: call.flag('acceptLoss') });
}

/** What a verb refuses is a mistake in its arguments. */
function runOrExplain(
  call: Call,
  verb: { run(state: unknown, args: VerbArgs, context: VerbContext): RegionChange<unknown> },
  { state, args, context }: { readonly state: unknown; readonly args: VerbArgs; readonly context: VerbContext },
): RegionChange<unknown> {
  try {
    return verb.run(state, args, context);
  } catch (error) {
    throw error instanceof RangeError ? usageError(error.message, `vde ${call.command.name} --help`) : error;
  }
}

/** The arguments of a verb: texts as they are, bytes from their files. @throws VdeError `usage`, `notFound`, `readFailed`. */
async function readArgs(call: Call, specs: Readonly<Record<string, VerbArg>>): Promise<VerbArgs> {
  const { name: command } = call.command;
  const given = Object.keys(specs).map(
    (name) => [name, call.text(keyOf({ flags: `--${name}`, summary: '' }))] as const,
  );
  const missing = given.find(([name, value]) => specs[name]!.required && value === undefined);
  if (missing !== undefined)
    throw usageError(`vde ${command} needs --${missing[0]}`, exampleOf(command, specs, call.args[0]));
  const piped = given.filter(([name, value]) => specs[name]!.bytes && value === '-');
  if (piped.length > 1) throw usageError(`--${piped[1]![0]} -: standard input is read once`, 'name a file');
  const args: Record<string, string | Uint8Array> = {};
  for (const [name, value] of given)
    if (value !== undefined) args[name] = specs[name]!.bytes ? await readBytes(call, value) : plain(value);
  return args;
}

/** The parser puts a space in front of numbers below zero. */
const plain = (text: string): string => text.replace(/^ (?=-\d)/, '');

async function readBytes(call: Call, file: string): Promise<Uint8Array> {
  if (file === '-') return readStandardInput(call);
  try {
    return await readFile(file);
  } catch (cause) {
    const { code = '' } = cause as { code?: string };
    const codes: Readonly<Record<string, string>> = {
      ENOENT: 'notFound',
      EISDIR: 'notAFile',
      EACCES: 'permissionDenied',
    };
    const message = code === 'ENOENT' ? `${file}: no such file` : `${file}: cannot be read (${code})`;
    throw new VdeError(codes[code] ?? 'readFailed', message, { cause });
  }
}

async function readStandardInput({ io }: Call): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of io.stdin ?? []) parts.push(part);
  return new Uint8Array(Buffer.concat(parts));
}
