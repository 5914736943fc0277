import { readdirSync, readFileSync } from 'node:fs';
import * as resolved from '@vde/crypto';
import { describe, expect, it } from 'vitest';
import { native, portable } from './implementations.ts';

const packageFile = (path: string) => new URL(`../${path}`, import.meta.url);

describe('package', () => {
  it('resolves to the node implementation in Node', () => {
    expect(resolved.sha256).toBe(native.sha256);
    expect(resolved.p256).toBe(native.p256);
  });

  it('exports the same names from both implementations', () => {
    const names = [
      'KeyFormatError',
      'createSha256',
      'equalBytes',
      'hmacSha256',
      'hmacSha512',
      'isKeyFormatError',
      'p256',
      'randomBytes',
      'sha256',
      'sha512',
    ];
    expect(Object.keys(portable).sort()).toEqual(names);
    expect(Object.keys(native).sort()).toEqual(names);
  });

  it('imports node: in *.node.ts only', () => {
    const files = readdirSync(packageFile('src')).filter((file) => !file.endsWith('.node.ts'));
    const text = files.map((file) => readFileSync(packageFile(`src/${file}`), 'utf8'));
    expect(files.length).toBeGreaterThan(10);
    expect(text.filter((source) => /from '(node:|\.[^']*\.node\.ts)/.test(source))).toEqual([]);
  });

  it('shows its example in the README', () => {
    const readme = readFileSync(packageFile('README.md'), 'utf8');
    expect(readme).toContain(`\`\`\`ts\n${readFileSync(packageFile('examples/sign.ts'), 'utf8')}\`\`\``);
  });

  it('runs its example', async () => {
    await expect(import('../examples/sign.ts')).resolves.toMatchObject({ genuine: true });
  });
});
