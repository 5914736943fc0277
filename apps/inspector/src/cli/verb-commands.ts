import { type AnyRegionPlugin, type RegionVerb, VdeError, type VerbArg } from '@vde/format';
import type { CommandSpec } from './command-spec.ts';
import { editExits, editOptions, imageToEdit } from './edit-options.ts';
import { globalOptions, keyOf, type OptionSpec } from './options.ts';

type Verbs = NonNullable<AnyRegionPlugin['verbs']>;

/** Options that a verb cannot have as an argument. */
const reserved = [...globalOptions, ...editOptions].map(keyOf).concat('help', 'version');
const word = /^(?!no-)[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/**
 * The commands that regions bring: one for each of their verbs. One that cannot be told from another command, or whose argument
 * is an option of every command, is left out, and `onFailure` hears of it.
 */
export function verbCommands(
  regions: readonly AnyRegionPlugin[],
  taken: readonly string[],
  onFailure: (failure: VdeError) => void = () => {},
): CommandSpec[] {
  const firsts = taken.map((name) => name.split(' ')[0]);
  const found = new Map<string, CommandSpec>();
  for (const plugin of regions) {
    const { prefix, commands }: Verbs = plugin.verbs ?? { prefix: '', commands: {} };
    for (const [verb, { args }] of Object.entries(commands)) {
      const name = `${prefix} ${verb}`;
      const why = firsts.includes(prefix) || found.has(name) ? 'another command has its name' : faultOf(name, args);
      if (why === undefined) found.set(name, commandOf(plugin, name, verb));
      else onFailure(new VdeError('pluginFailed', `${plugin.title}: "${name}" is no command: ${why}`));
    }
  }
  return [...found.values()];
}

function faultOf(name: string, args: RegionVerb<unknown>['args']): string | undefined {
  const names = Object.keys(args);
  const odd = [...name.split(' '), ...names].find((each) => !word.test(each));
  if (odd !== undefined) return `"${odd}" is no word of lower-case letters, digits and hyphens`;
  const twice = names.find((each) => reserved.includes(keyOf({ flags: `--${each}`, summary: '' })));
  return twice && `--${twice} is an option of every command`;
}

function commandOf(plugin: AnyRegionPlugin, name: string, verb: string): CommandSpec {
  const { summary, args } = plugin.verbs!.commands[verb]!;
  const region = inSentence(plugin.title);
  return {
    name,
    group: `edit the ${region}`,
    summary,
    about: `Changes the ${region} of an image, all of the change or nothing of it. The image is locked meanwhile by a file beside it, IMAGE.lock.`,
    args: [imageToEdit],
    options: [...Object.entries(args).map(optionOf), ...editOptions],
    takes: 'edit',
    exits: editExits,
    examples: [[exampleOf(name, args), `the first ${region} of the image`]],
    load: async () => {
      const { runVerb } = await import('./run-verb.ts');
      return { run: (call) => runVerb(call, plugin, verb) };
    },
  };
}

function optionOf([name, { summary, required, bytes }]: [string, VerbArg]): OptionSpec {
  return { flags: `--${name} <${bytes ? 'FILE' : 'TEXT'}>`, summary, ...(required && { required }) };
}

/** A command line that shows what has to be given. */
export function exampleOf(name: string, args: RegionVerb<unknown>['args'], image = 'a.dwvd'): string {
  const required = Object.entries(args).filter(([, arg]) => arg.required);
  const options = required.map(([arg, { bytes, example }]) => `--${arg} ${example ?? (bytes ? 'FILE' : 'TEXT')}`);
  return ['vde', name, image, ...options].join(' ');
}

/** A title as it stands in a sentence: `WORM region`, but `metrics log`. */
export function inSentence(title: string): string {
  return /^.[a-z]/.test(title) ? title.charAt(0).toLowerCase() + title.slice(1) : title;
}
