import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { openFileSource } from '@vde/image/node';
import { openInspection } from '@vde/inspect';
import { allRegions } from '@vde/regions';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { Call } from '../src/cli/call.ts';
import { commands } from '../src/cli/commands.ts';
import { Output } from '../src/cli/output.ts';
import { ResumeFile } from '../src/cli/resume-file.ts';
import { MemoryStream, vde, Workshop } from './harness.ts';

const workshop = new Workshop();
afterAll(() => workshop.close());

const image = workshop.image('all-regions', 'a.dwvd', (bytes) => {
  bytes[2127 * 4096 + 100]! ^= 1;
});
const state = workshop.path('a.state');
const line = ['check', image, '--level', 'deep', '-f', 'json'];

/** A signal that is aborted when it was asked for the `nth` time whether it is. */
function interruptAt(nth: number): AbortSignal {
  const controller = new AbortController();
  let asked = 0;
  const { signal } = controller;
  const throwIfAborted = signal.throwIfAborted.bind(signal);
  Object.defineProperty(signal, 'throwIfAborted', {
    value() {
      if (++asked === nth) controller.abort(new Error('interrupted'));
      throwIfAborted();
    },
  });
  return signal;
}

/** Leaves a state in the middle of a check. */
async function interrupt(args = line): Promise<void> {
  for (let nth = 20; !existsSync(state); nth += 4) {
    const { exitCode } = await vde([...args, '--resume', state], { signal: interruptAt(nth) });
    expect(exitCode).toBe(130);
  }
}

/** What lies beside the images. */
const others = () => readdirSync(workshop.folder).filter((name) => !name.endsWith('.dwvd'));

describe('check --resume', () => {
  it('prints what a check without a break prints, wherever it was interrupted', async () => {
    const whole = await vde(line);
    expect(whole.exitCode).toBe(3);
    let kept = 0;
    for (let nth = 1; ; nth += 3) {
      const { exitCode, stdout, stderr } = await vde([...line, '--resume', state], { signal: interruptAt(nth) });
      if (exitCode !== 130) {
        expect({ exitCode, stdout, stderr }).toEqual(whole);
        break;
      }
      const isKept = existsSync(state);
      if (isKept) kept++;
      expect(stdout).toBe('');
      expect(stderr).toContain('vde: interrupted');
      expect(stderr.includes(`${state} holds how far the check is: the same command goes on from there`)).toBe(isKept);
      expect(await vde([...line, '--resume', state])).toEqual(whole);
      expect(others()).toEqual([]);
    }
    expect(kept).toBeGreaterThan(2);
  });

  it('is quiet about it with -q', async () => {
    await interrupt();
    const { stderr } = await vde([...line, '-q', '--resume', state], { signal: interruptAt(1) });
    expect(stderr).not.toContain('goes on');
    await vde([...line, '--resume', state]);
  });

  it.each<[string, string[], string]>([
    ['another level', ['check', image, '--level', 'full'], 'otherCheckState'],
    ['another image', ['check', workshop.image('all-regions', 'b.dwvd'), '--level', 'deep'], 'otherCheckState'],
  ])('refuses the state of something else and keeps it: %s', async (_, args, code) => {
    await interrupt();
    const before = readFileSync(state);
    const { exitCode, stdout, stderr } = await vde([...args, '-f', 'json', '--resume', state]);
    expect({ exitCode, code: JSON.parse(stdout).code }).toEqual({ exitCode: 77, code });
    expect(stderr).toContain(`try: vde explain ${code}`);
    expect(readFileSync(state).equals(before)).toBe(true);
    await vde([...line, '--resume', state]);
  });

  it('refuses the state of an image that was written to since', async () => {
    await interrupt();
    const { exitCode } = await vde([...line, '--resume', state]);
    expect(exitCode).toBe(3);
    await interrupt();
    utimesSync(image, new Date(), new Date(Date.now() + 5000));
    const refused = await vde(['check', image, '--level', 'deep', '--resume', state]);
    expect(refused).toMatchObject({ exitCode: 77, stdout: '' });
    expect(refused.stderr).toContain('modified is');
    writeFileSync(state, '');
  });

  it.each<[string, string]>([
    ['text', 'notes of mine\n'],
    ['nothing', ''],
    ['other JSON', '{"schema":"vde/check/1"}'],
  ])('leaves a file alone that holds %s', async (_, content) => {
    const file = workshop.file('notes.dwvd', content);
    const { exitCode, stderr } = await vde([...line.slice(0, -2), '--resume', file]);
    expect(exitCode).toBe(77);
    expect(stderr).toContain('try: vde explain badCheckState');
    expect(readFileSync(file, 'utf8')).toBe(content);
  });

  it.each<[number, string, string[]]>([
    [64, 'several images', ['check', image, image, '--resume', 'x']],
    [64, 'an URL', ['check', 'http://127.0.0.1:9/a.dwvd', '--resume', 'x']],
    [64, 'an extract', ['check', image, '--as', 'metrics-log', '--block-size', '512', '--resume', 'x']],
    [66, 'no image', ['check', workshop.path('none.dwvd'), '--resume', workshop.path('new.state')]],
    [73, 'no folder for it', ['check', image, '--resume', workshop.path('no/such/folder.state')]],
    [77, 'the image itself', ['check', image, '--resume', image]],
    [77, 'a folder', ['check', image, '--resume', workshop.folder]],
  ])('%i: %s', async (exitCode, _, args) => {
    expect(await vde(args)).toMatchObject({ exitCode, stdout: '' });
  });
});

describe('the file of --resume', () => {
  afterEach(() => vi.useRealTimers());

  it('is written every five seconds, so that a check whose process ended goes on, too', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const file = workshop.path('kept.state');
    const stdout = new MemoryStream();
    const call = new Call({
      command: commands.find(({ name }) => name === 'check')!,
      args: [image],
      options: { resume: file },
      io: { stdout, stderr: stdout, env: {}, signal: undefined },
      out: new Output(stdout),
    });
    const resume = (await ResumeFile.of(call))!;
    const inspection = await openInspection(await openFileSource(image), { regions: allRegions });
    const nexts: number[] = [];
    const onProgress = () => {
      nexts.push(JSON.parse(resume.state.save()!).scan.next);
      vi.advanceTimersByTime(4000);
      resume.keep();
    };
    await inspection.check({ level: 'deep', state: resume.state, onProgress });
    await inspection.close();
    for (let i = 0; i < 100_000 && !existsSync(file); i++) await new Promise(setImmediate);
    vi.useRealTimers();
    expect(nexts.length).toBeGreaterThan(2);
    expect(JSON.parse(readFileSync(file, 'utf8')).scan.next).toBe(nexts[1]);
    expect(await vde([...line, '--resume', file])).toEqual(await vde(line));
    expect(existsSync(file)).toBe(false);
  });

  it('stays where the result could not be written', async () => {
    if (existsSync(state)) writeFileSync(state, '');
    const file = workshop.path('b.state');
    for (let nth = 20; !existsSync(file); nth += 4)
      await vde([...line, '--resume', file], { signal: interruptAt(nth) });
    const { exitCode } = await vde([...line, '--resume', file, '-o', workshop.path('no/such/folder/out')]);
    expect(exitCode).toBe(73);
    expect(existsSync(file)).toBe(true);
    expect((await vde([...line, '--resume', file])).exitCode).toBe(3);
  });
});
