import { afterAll, describe, expect, it } from 'vitest';
import { inOrder } from '../src/cli/in-order.ts';
import { vde, Workshop } from './harness.ts';

const workshop = new Workshop();
afterAll(() => workshop.close());

/** Work that takes as many turns as the item says. */
function worker() {
  const seen = { running: 0, most: 0, begun: [] as number[] };
  const work = async (turns: number) => {
    seen.begun.push(turns);
    seen.most = Math.max(seen.most, ++seen.running);
    for (let i = 0; i < turns; i++) await Promise.resolve();
    seen.running--;
    if (turns === 7) throw new Error('seven');
    return turns;
  };
  return { seen, work };
}

describe('work on several items', () => {
  it.each([1, 2, 3, 9])('%i at once gives the results in order', async (jobs) => {
    const { seen, work } = worker();
    const items = [30, 1, 20, 2, 10, 3];
    const results: number[] = [];
    for await (const result of inOrder(items, jobs, work)) results.push(result);
    expect(results).toEqual(items);
    expect(seen.most).toBe(Math.min(jobs, items.length));
  });

  it('begins nothing more behind a failure, and waits for what is under way', async () => {
    const { seen, work } = worker();
    const results: number[] = [];
    const all = async () => {
      for await (const result of inOrder([2, 7, 50, 3, 4], 2, work)) results.push(result);
    };
    await expect(all()).rejects.toThrow('seven');
    expect({ results, ...seen }).toEqual({ results: [2], running: 0, most: 2, begun: [2, 7, 50] });
  });
});

it('vde check --jobs prints what it prints one by one', async () => {
  const images = [
    workshop.image('all-regions'),
    workshop.image('fresh-minimal'),
    workshop.image('fresh-standard', 'lost.dwvd', (bytes) => void bytes.fill(0, 14 * 4096, 15 * 4096)),
    workshop.file('notes.txt', 'no image'),
    workshop.image('fresh-enterprise'),
  ];
  for (const format of ['human', 'json', 'ndjson', 'sarif']) {
    const [one, many] = await Promise.all(
      ['1', '3'].map((jobs) => vde(['check', ...images, '--jobs', jobs, '-f', format])),
    );
    expect(many).toEqual(one);
  }
  for (const jobs of ['0', '-1', 'all', '1000']) {
    const { exitCode, stderr } = await vde(['check', ...images, '--jobs', jobs]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 64, stderr: expect.stringContaining('try: --jobs 4') });
  }
});
