import { Ajv } from 'ajv';
import { afterAll, describe, expect, it } from 'vitest';
import { vde, Workshop } from './harness.ts';

const workshop = new Workshop();
afterAll(() => workshop.close());

const whole = workshop.image('all-regions');
const lost = workshop.image('all-regions', 'lost <b>.dwvd', (bytes) => {
  bytes[2130 * 4096 + 100]! ^= 1;
});
const nothing = workshop.file('nothing.dwvd', 'no image at all');

/** What the standard (SARIF 2.1.0, section 3) requires of the parts that are used here; no other keys are allowed. */
const text = {
  type: 'object',
  required: ['text'],
  properties: { text: { type: 'string' } },
  additionalProperties: false,
};
const object = (required: string[], properties: object) => ({
  type: 'object',
  required,
  properties,
  additionalProperties: false,
});
const list = (items: object) => ({ type: 'array', items });
const level = { enum: ['none', 'note', 'warning', 'error'] };
const artifact = object(['uri'], { uri: { type: 'string' } });
const count = { type: 'integer', minimum: 0 };
const location = object([], {
  physicalLocation: object(['artifactLocation'], {
    artifactLocation: artifact,
    region: object(['byteOffset', 'byteLength'], { byteOffset: count, byteLength: count }),
  }),
  logicalLocations: list(object([], { fullyQualifiedName: { type: 'string' }, name: { type: 'string' } })),
});
const isSarif = new Ajv().compile(
  object(['version', 'runs'], {
    $schema: { type: 'string' },
    version: { const: '2.1.0' },
    runs: list(
      object(['tool'], {
        tool: object(['driver'], {
          driver: object(['name'], {
            name: { type: 'string' },
            semanticVersion: { type: 'string' },
            rules: list(
              object(['id'], {
                id: { type: 'string' },
                fullDescription: text,
                defaultConfiguration: object([], { level }),
              }),
            ),
          }),
        }),
        invocations: list(
          object(['executionSuccessful'], {
            executionSuccessful: { type: 'boolean' },
            toolExecutionNotifications: list(
              object(['message'], {
                level,
                message: text,
                descriptor: object(['id'], { id: { type: 'string' } }),
                locations: list(location),
              }),
            ),
          }),
        ),
        artifacts: list(object([], { location: artifact })),
        results: list(
          object(['message'], {
            ruleId: { type: 'string' },
            ruleIndex: count,
            level,
            message: text,
            locations: list(location),
            partialFingerprints: { type: 'object', additionalProperties: { type: 'string' } },
            properties: { type: 'object' },
          }),
        ),
        columnKind: { enum: ['utf16CodeUnits', 'unicodeCodePoints'] },
      }),
    ),
  }),
);

describe('SARIF', () => {
  it('places every finding by its bytes, under a rule that explains it', async () => {
    const { stdout, exitCode } = await vde(['check', lost, '-f', 'sarif']);
    expect(exitCode).toBe(3);
    const log = JSON.parse(stdout);
    expect([isSarif(log), isSarif.errors]).toEqual([true, null]);
    const [run] = log.runs;
    const result = run.results.find(({ ruleId }: { ruleId: string }) => ruleId === 'badTrailer');
    expect(result).toMatchObject({
      level: 'error',
      locations: [
        {
          physicalLocation: { region: { byteOffset: 2130 * 4096, byteLength: 4096 } },
          logicalLocations: [{ fullyQualifiedName: 'b:2130', name: 'metrics-log' }],
        },
      ],
    });
    expect(run.tool.driver.rules[result.ruleIndex].id).toBe('badTrailer');
    expect(run.artifacts[0].location.uri).toMatch(/lost%20%3Cb%3E\.dwvd$/);
  });

  it('is one log for several images, those that cannot be opened among them', async () => {
    const { stdout, exitCode } = await vde(['check', whole, nothing, '-f', 'sarif']);
    expect(exitCode).toBe(65);
    const log = JSON.parse(stdout);
    expect([isSarif(log), isSarif.errors]).toEqual([true, null]);
    expect(log.runs[0].invocations).toMatchObject([
      { executionSuccessful: false, toolExecutionNotifications: [{ descriptor: { id: 'notDwvd' } }] },
    ]);
  });

  it('is the same on every machine when it is to be reproducible', async () => {
    const one = await vde(['check', lost, '-f', 'sarif', '--reproducible']);
    expect(one.stdout).toBe((await vde(['check', lost, '-f', 'sarif', '--reproducible'])).stdout);
    expect(one.stdout).not.toContain(workshop.folder);
  });
});

describe('the HTML report', () => {
  it('is one file that asks for nothing, with verdict, findings and what their codes mean', async () => {
    const { stdout, exitCode } = await vde(['check', lost, whole, '-f', 'html']);
    expect(exitCode).toBe(3);
    expect(stdout).toMatch(/^<!doctype html>/);
    expect(stdout).toContain('<code>b:2130</code>');
    expect(stdout).toContain(`${2130 * 4096}&ndash;${2131 * 4096 - 1}`);
    expect(stdout).toContain('<dt id="badTrailer">');
    expect(stdout).not.toMatch(/<script|src=|url\(|https?:/);
  });

  it('takes no markup from names or images', async () => {
    const { stdout } = await vde(['check', lost, nothing, '-f', 'html']);
    expect(stdout).toContain('lost &lt;b&gt;.dwvd');
    expect(stdout).not.toContain('<b>');
  });

  it('carries nothing of the machine when it is to be reproducible', async () => {
    expect((await vde(['check', lost, '-f', 'html', '--reproducible'])).stdout).not.toContain(workshop.folder);
  });
});

it.each(['sarif', 'html'])('%s is a form of checks alone', async (format) => {
  const { exitCode, stderr } = await vde(['ls', whole, '-f', format]);
  expect([exitCode, stderr.includes('vde ls -f json')]).toEqual([64, true]);
});
