/** `error`: something is wrong with the data; `warning`: it reads, but a rule is broken; `notice`: true and worth knowing. */
export type Severity = 'error' | 'warning' | 'notice';

/** Where a finding is and what was expected there. Offsets and lengths are bytes. */
export interface FindingPlace {
  /** Block number: relative to the region in a region's findings, to block 0 of the image in a container's. */
  readonly block?: number;
  /** Offset in that block. */
  readonly offset?: number;
  readonly length?: number;
  /** Field path, such as `samples[17].value`. */
  readonly path?: string;
  readonly expected?: unknown;
  readonly actual?: unknown;
  /** Whether what is wrong can be put right without loss, and from what: `mirror`, `primary`, `payload`, a table's name. */
  readonly repair?: { readonly possible: boolean; readonly from?: string };
}

/** One observation about the data: a code of a registry, in words, with its place. */
export interface Finding extends FindingPlace {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
}

/** What a code means: its usual severity and the text that `vde explain CODE` prints. */
export interface CodeInfo {
  readonly severity: Severity;
  readonly explain: string;
}

/** The finding codes that a package raises. */
export type CodeRegistry = Readonly<Record<string, CodeInfo>>;

/** Reports a finding; the severity is that of the code's registry unless given. */
export type Report = (code: string, message: string, place?: FindingPlace & { severity?: Severity }) => void;

/** Collects findings whose severities come from `codes`. Unknown codes count as errors. */
export function collectFindings(codes: CodeRegistry): { readonly findings: Finding[]; readonly report: Report } {
  const findings: Finding[] = [];
  const report: Report = (code, message, place = {}) => {
    const { severity = codes[code]?.severity ?? 'error', ...where } = place;
    findings.push({ code, severity, message, ...where });
  };
  return { findings, report };
}
