import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { vde, Workshop } from './harness.ts';

const workshop = new Workshop();
afterAll(() => workshop.close());
const image = workshop.image('all-regions');
const bytes = readFileSync(image);

const vectors = JSON.parse(readFileSync(new URL('../../../fixtures/addresses.json', import.meta.url), 'utf8')) as {
  valid: { text: string; canonical: string; place: [offset: number, length: number] | null }[];
  invalid: { text: string; position: number; nearest: string }[];
};

describe('addresses on the command line', () => {
  it.each(vectors.valid)('$text', async ({ text, canonical, place }) => {
    // A leading minus is an option unless `--` says that there are none any more.
    const { exitCode, stdout } = await vde(['hex', '-f', 'json', '--', image, text]);
    const answer = JSON.parse(stdout);
    if (place === null) {
      expect(answer).toMatchObject({ exitCode: 64, code: expect.stringMatching(/^(address|region)NotFound$/) });
      expect(exitCode).toBe(64);
      return;
    }
    const [offset, length] = place;
    expect(exitCode).toBe(0);
    expect(answer.range).toEqual({ offset: String(offset), length: String(length) });
    expect(answer.bytes).toBe(bytes.toString('hex', offset, offset + length));
    expect(answer.address).toBe(canonical);
  });

  it.each(vectors.invalid)('"$text" is refused', async ({ text, nearest }) => {
    for (const command of ['hex', 'show', 'export']) {
      const { exitCode, stdout, stderr } = await vde([command, '--', image, text]);
      expect({ exitCode, stdout }).toEqual({ exitCode: 64, stdout: '' });
      expect(stderr).toContain(`try: ${nearest}`);
    }
  });
});
