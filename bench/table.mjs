// The table that the benchmarks print: one row a measurement, one line a peer, targets judged.
import { yardsticks } from './measure.mjs';

const heads = ['what', 'unit', 'ours', 'median', 'peer', 'theirs', 'ratio', 'target', 'met'];
const leftAligned = new Set(['what', 'unit', 'peer', 'target', 'met']);

/** Prints measured rows. The ratio is how many times better we are: above 1 is faster, or smaller, than the peer. */
export function printTable(measured) {
  const lines = measured.flatMap(linesOf);
  const widths = heads.map((head, i) => Math.max(head.length, ...lines.map((line) => line[i].length)));
  for (const line of [heads, widths.map((width) => '-'.repeat(width)), ...lines]) {
    console.log(
      line
        .map((cell, i) => (leftAligned.has(heads[i]) ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
        .join('  ')
        .trimEnd(),
    );
  }
}

function linesOf({ name, unit, better, figures: { ours, ...peers }, peers: asked = {}, targets = [], scale }) {
  const own = targets.find(({ peer }) => peer === undefined);
  const rest = Object.keys(asked).map((peer) => peerCells(peer, peers[peer], { ours, better, targets }));
  if (own !== undefined || rest.length === 0) rest.unshift(ownCells(own, ours, better, yardstickCells(scale, peers)));
  return rest.map((cells, i) => [
    ...(i === 0 ? [name, unit, short(ours.best), short(ours.median)] : ['', '', '', '']),
    ...cells,
  ]);
}

/** The machine beside the one of the targets; without a yardstick they are the same. */
function yardstickCells(scale, peers) {
  const yardstick = yardsticks[scale];
  const here = peers[yardstick?.name]?.best;
  if (here === undefined) return { cells: ['', '', ''], ratio: 1 };
  const ratio = here / yardstick.nominal;
  return { cells: [`${yardstick.name}, GB/s`, short(here), `${ratio.toFixed(2)}x`], ratio };
}

function ownCells(target, { best }, better, { cells, ratio }) {
  if (target === undefined) return [...cells, '', ''];
  const limit = better === 'more' ? target.value * ratio : target.value / ratio;
  const isMet = better === 'more' ? best >= limit : best <= limit;
  const scaled = ratio === 1 ? target.value : `${short(limit)} (${target.value})`;
  return [...cells, `${better === 'more' ? '>=' : '<='} ${scaled}`, isMet ? 'yes' : 'NO'];
}

function peerCells(peer, theirs, { ours, better, targets }) {
  if (theirs === undefined) return [peer, '-', '-', '', 'not installed'];
  const ratio = better === 'more' ? ours.best / theirs.best : theirs.best / ours.best;
  const target = targets.find((one) => one.peer === peer);
  const cells = [peer, short(theirs.best), `${ratio.toFixed(2)}x`];
  if (target === undefined) return [...cells, '', ''];
  // `atMost` is a limit on our cost: three times as long as the peer is a ratio of a third.
  if (target.atMost !== undefined)
    return [...cells, `<= ${target.atMost}x as long`, ratio >= 1 / target.atMost ? 'yes' : 'NO'];
  return [...cells, `>= ${target.atLeast}x`, ratio >= target.atLeast ? 'yes' : 'NO'];
}

function short(value) {
  if (value >= 1000) return Math.round(value).toLocaleString('en-US');
  return value.toPrecision(3).replace(/e\+\d+$/, '');
}
