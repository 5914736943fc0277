import { spawnSync } from 'node:child_process';
import { afterAll, describe, expect, it } from 'vitest';
import { commands } from '../src/cli/commands.ts';
import { shells } from '../src/cli/completion.ts';
import { vde, Workshop } from './harness.ts';

const workshop = new Workshop();
afterAll(() => workshop.close());

const isInstalled = (program: string): boolean => spawnSync(program, ['--version']).status === 0;
const scriptOf = async (shell: string) => workshop.file(`vde.${shell}`, (await vde(['completion', shell])).stdout);

/** What a shell with the script loaded prints. */
function ask(shell: string, args: readonly string[], input?: string): string[] {
  const { stdout, stderr, status } = spawnSync(shell, args, { encoding: 'utf8', input, cwd: workshop.folder });
  expect([status, stderr]).toEqual([0, '']);
  return stdout.split('\n').filter((line) => line !== '');
}

/** What bash offers behind a command line. */
async function offeredByBash(...words: string[]): Promise<string[]> {
  const script = `source ${await scriptOf('bash')}
COMP_WORDS=(vde ${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}; _vde; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return ask('bash', ['-c', script]);
}

/** What fish offers behind a command line. */
async function offeredByFish(line: string): Promise<string[]> {
  const script = `source ${await scriptOf('fish')}; complete --do-complete '${line}'`;
  return ask('fish', ['--no-config', '-c', script]).map((offer) => offer.split('\t')[0]!);
}

describe('completion', () => {
  it.each(shells)('%s names every command and its options', async (shell) => {
    const { stdout, exitCode } = await vde(['completion', shell]);
    expect(exitCode).toBe(0);
    for (const { name, options } of commands) {
      for (const word of name.split(' ')) expect(stdout).toContain(word);
      for (const { flags } of options) expect(stdout).toContain(/--([\w-]+)/.exec(flags)![1]);
    }
  });

  it('of another shell is a negative answer with the nearest', async () => {
    const { exitCode, stderr } = await vde(['completion', 'fisch']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('vde completion fish');
  });
});

describe.skipIf(!isInstalled('bash'))('in bash (skipped where it is not installed)', () => {
  it('commands, options, values and codes are offered', async () => {
    expect(await offeredByBash('sh')).toEqual(['show']);
    expect(await offeredByBash('check', '--lev')).toEqual(['--level']);
    expect(await offeredByBash('check', '--level', '')).toEqual(['quick', 'full', 'deep']);
    expect(await offeredByBash('show', '--as', 'metr')).toEqual(['metrics-log']);
    expect(await offeredByBash('explain', 'badTr')).toEqual(['badTrailer']);
    expect(await offeredByBash('-q', 'ls', '--fr')).toEqual(['--free']);
    expect(await offeredByBash('metr')).toEqual(['metrics']);
    expect(await offeredByBash('metrics', '')).toEqual(['record', 'compact']);
    expect(await offeredByBash('-q', 'metrics', 'record', '--val')).toEqual(['--value']);
    expect(await offeredByBash('metrics', 'record', '--slot', '')).toEqual([]);
  });

  it('files are left to the shell', async () => {
    expect(await offeredByBash('info', 'a')).toEqual([]);
    expect(await offeredByBash('check', '--key', 'i')).toEqual([]);
  });
});

describe.skipIf(!isInstalled('zsh'))('in zsh (skipped where it is not installed)', () => {
  it('the script is well-formed and registers itself', async () => {
    const script = `autoload -U compinit && compinit -u -d ${workshop.path('zcompdump')}; source ${await scriptOf('zsh')}; print $_comps[vde]`;
    expect(ask('zsh', ['-f', '-c', script])).toEqual(['_vde']);
  });
});

describe.skipIf(!isInstalled('fish'))('in fish (skipped where it is not installed)', () => {
  it('commands, options, values and codes are offered', async () => {
    expect(await offeredByFish('vde sh')).toEqual(['show']);
    expect(await offeredByFish('vde check --lev')).toEqual(['--level']);
    expect(await offeredByFish('vde check --level ')).toEqual(['deep', 'full', 'quick']);
    expect(await offeredByFish('vde explain badTr')).toEqual(['badTrailer']);
    expect(await offeredByFish('vde metrics rec')).toEqual(['record']);
    expect(await offeredByFish('vde metrics record --val')).toEqual(['--value']);
  });
});

describe.skipIf(!isInstalled('pwsh'))('in PowerShell (skipped where it is not installed)', () => {
  it('the script loads, and offers commands', async () => {
    const script = `. '${await scriptOf('pwsh')}'; (TabExpansion2 'vde sho' 7).CompletionMatches.CompletionText`;
    expect(ask('pwsh', ['-NoProfile', '-Command', script])).toEqual(['show']);
  });
});

describe('the manual page', () => {
  it('names every command, option and exit code', async () => {
    const { stdout, exitCode } = await vde(['man']);
    expect(exitCode).toBe(0);
    for (const { name, options } of commands) {
      expect(stdout).toMatch(new RegExp(`^\\.SS ${name.replaceAll('-', '\\\\-')}( |$)`, 'm'));
      for (const { flags } of options) expect(stdout).toContain(flags.replaceAll('-', '\\-'));
    }
    expect(stdout).toContain('.B 130\n');
  });

  it.skipIf(!isInstalled('groff'))(
    'is read by groff without a warning (skipped where it is not installed)',
    async () => {
      const { stdout } = await vde(['man']);
      const { stderr, status } = spawnSync('groff', ['-man', '-Tutf8', '-ww', '-z'], {
        input: stdout,
        encoding: 'utf8',
      });
      expect([status, stderr]).toEqual([0, '']);
    },
  );
});
