import { schemaOf } from '@vde/inspect';
import { Ajv } from 'ajv';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Call, type OptionValues } from '../src/cli/call.ts';
import { commands } from '../src/cli/commands.ts';
import { Output } from '../src/cli/output.ts';
import { Progress } from '../src/cli/progress.ts';
import { MemoryStream } from './harness.ts';

beforeEach(() => vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => vi.useRealTimers());

/** What standard error gets when work of 1000 bytes tells its progress every 250 ms for three seconds. */
function toldBy(options: OptionValues, { columns }: { columns?: number } = {}): string {
  const stdout = new MemoryStream();
  const stderr = new MemoryStream(columns === undefined ? {} : { columns });
  const call = new Call({
    command: commands.find(({ name }) => name === 'check')!,
    args: [],
    options,
    io: { stdout, stderr, env: {}, signal: undefined },
    out: new Output(stdout),
  });
  const progress = new Progress(call, 'checking');
  for (let ms = 250; ms <= 3000; ms += 250) {
    vi.advanceTimersByTime(250);
    progress.update({ done: Math.floor(ms / 6), total: 1000 });
  }
  progress.end();
  return stderr.text;
}

describe('progress', () => {
  it('says nothing in the first second, then share, rate and time left, and takes its line away', () => {
    const lines = toldBy({}, { columns: 100 }).split('\r\x1b[K');
    expect(lines[1]).toMatch(/^checking {2}16 % {2}.* of 1000 bytes {2}166 bytes\/s {2}6 s left$/);
    expect(lines.at(-1)).toBe('');
    expect(lines).toHaveLength(9 + 2);
  });

  it('says nothing where nobody looks, or nobody wants it', () => {
    expect(toldBy({})).toBe('');
    expect(toldBy({ progress: 'none' }, { columns: 100 })).toBe('');
    expect(toldBy({ quiet: true }, { columns: 100 })).toBe('');
  });

  it('is a bar without a terminal where one is asked for', () => {
    expect(toldBy({ progress: 'bar' })).toContain('checking  16 %');
  });

  it('is a line of JSON each second for programs', () => {
    const lines = toldBy({ progress: 'json' })
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const isLine = new Ajv({ strict: false }).compile(schemaOf('line')!);
    expect(lines.map((line) => isLine(line))).toEqual([true, true, true]);
    expect(lines[0]).toMatchObject({ type: 'progress', what: 'checking', total: '1000', rate: '166', secondsLeft: 6 });
  });
});
