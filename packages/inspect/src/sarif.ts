import type { Severity } from '@vde/format';
import type { ExplainedCode } from './explain.ts';
import type { CheckOutcome } from './json/check.ts';
import type { Tool } from './json/envelope.ts';
import type { JsonTree } from './json/text.ts';
import type { ImageFinding } from './model.ts';

const schema = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';
const levels: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', notice: 'note' };

/**
 * The results of checks as a SARIF 2.1.0 log (OASIS): a result per finding with its bytes as `byteOffset` and `byteLength`, a rule per code
 * that occurs. Images that could not be opened are notifications of the run.
 */
export function checkSarif(
  outcomes: readonly CheckOutcome[],
  tool: Tool,
  codes: readonly ExplainedCode[],
): { readonly [key: string]: JsonTree } {
  const found = outcomes.flatMap((outcome) =>
    'model' in outcome ? outcome.model.findings.map((finding) => ({ source: outcome.source, finding })) : [],
  );
  const used = [...new Set(found.map(({ finding }) => finding.code))].sort();
  const failures = outcomes.flatMap((outcome) => ('error' in outcome ? [outcome] : []));
  return {
    $schema: schema,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: tool.name,
            semanticVersion: tool.version,
            rules: used.map((code) => ruleOf(code, codes)),
          },
        },
        invocations: [
          {
            executionSuccessful: failures.length === 0,
            ...(failures.length > 0 && {
              toolExecutionNotifications: failures.map(({ source, error }) => ({
                level: 'error',
                message: { text: error.message },
                descriptor: { id: error.code },
                locations: [{ physicalLocation: { artifactLocation: { uri: uriOf(source) } } }],
              })),
            }),
          },
        ],
        artifacts: outcomes.map(({ source }) => ({ location: { uri: uriOf(source) } })),
        results: found.map(({ source, finding }) => resultOf(source, finding, used)),
        columnKind: 'utf16CodeUnits',
      },
    ],
  };
}

function ruleOf(code: string, codes: readonly ExplainedCode[]): JsonTree {
  const known = codes.find((entry) => entry.code === code);
  return {
    id: code,
    ...(known && {
      fullDescription: { text: known.explain },
      defaultConfiguration: { level: levels[known.severity] },
    }),
  };
}

function resultOf(source: string, finding: ImageFinding, used: readonly string[]): JsonTree {
  const { code, severity, message, address, range, region, path } = finding;
  const name = path ?? (region ? (region.id ?? region.type) : undefined);
  return {
    ruleId: code,
    ruleIndex: used.indexOf(code),
    level: levels[severity],
    message: { text: message },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: uriOf(source) },
          ...(range && { region: { byteOffset: range.offset, byteLength: range.length } }),
        },
        logicalLocations: [{ fullyQualifiedName: address, ...(name !== undefined && { name }) }],
      },
    ],
    partialFingerprints: { 'codeAndPlace/v1': [code, address, path ?? '', range?.offset ?? ''].join('|') },
    properties: { repairable: finding.repair.possible },
  };
}

/** A path as a URI reference; URLs stay as they are. */
function uriOf(source: string): string {
  return /^https?:/i.test(source) ? source : source.split(/[\\/]/).map(encodeURIComponent).join('/');
}
