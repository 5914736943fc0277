// What is told of Stryker's report: numbers for the table of docs/mutation.md, and a line for each mutant that no test notices.
const mutantsOf = ({ files }) => Object.values(files).flatMap(({ mutants }) => mutants);
const inLine = (text) => text.replace(/\s+/g, ' ').trim();
const cut = (text, length = 70) => (text.length > length ? `${text.slice(0, length - 2)} …` : text);
const code = (text) => (text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``);

/** Counts of a package by status, and its score: percent of the mutants that some test notices. */
export function countMutants(report) {
  const mutants = mutantsOf(report);
  const count = (...statuses) => mutants.filter(({ status }) => statuses.includes(status)).length;
  const [killed, timeout] = [count('Killed'), count('Timeout')];
  const [survived, uncovered] = [count('Survived'), count('NoCoverage')];
  const tested = killed + timeout + survived + uncovered;
  const others = { failed: count('RuntimeError', 'CompileError'), texts: count('Ignored') };
  return { tested, killed, timeout, survived, uncovered, ...others, score: (100 * (killed + timeout)) / tested };
}

/** A row of the table of numbers. */
export function tableRow(id, counts, minutes) {
  const { tested, killed, timeout, survived, uncovered, failed, texts, score } = counts;
  const cells = [id, tested, killed, timeout, survived, uncovered, failed, texts, score.toFixed(1), Math.ceil(minutes)];
  return `| ${cells.join(' | ')} |`;
}

/** The page with the row of a package in the place of its old one. */
export function replaceRow(page, id, row) {
  const old = page.split('\n').find((line) => line.startsWith(`| ${id} |`));
  if (old === undefined) throw new Error(`docs/mutation.md has no row for ${id}`);
  return page.replace(old, () => row);
}

/** Mutants that no test notices, a line each, as docs/mutation.md lists them. */
export function listSurvivors({ files }) {
  const lines = Object.entries(files).flatMap(([path, { source, mutants }]) =>
    mutants
      .filter(({ status }) => status === 'Survived' || status === 'NoCoverage')
      .map(({ location, replacement }) => {
        const [before, after] = [textAt(source, location), replacement].map((text) => code(cut(inLine(text))));
        return `- \`${path.split('/src/').at(-1)}\`: ${before} → ${after}`;
      }),
  );
  return [...new Set(lines)];
}

/** Lines and columns of a report count from 1. */
function textAt(source, { start, end }) {
  const lines = source.split('\n').slice(start.line - 1, end.line);
  lines[lines.length - 1] = lines.at(-1).slice(0, end.column - 1);
  lines[0] = lines[0].slice(start.column - 1);
  return lines.join('\n');
}
