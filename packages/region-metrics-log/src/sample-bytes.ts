import { Sample } from './records.ts';

/** Bytes of a sample, and where its fields stand: the loops below work on them directly, a bigint or an object a sample takes longer. */
export const sampleSize = Sample.size;
const offsetOf = (name: keyof Sample) => Sample.field(name).offset;
const idAt = /* @__PURE__ */ offsetOf('metricId');
const lowAt = /* @__PURE__ */ offsetOf('timestampUtcTicks');
const highAt = lowAt + 4;
const valueAt = /* @__PURE__ */ offsetOf('value');
const valueHighAt = valueAt + 4;
const typeAt = /* @__PURE__ */ offsetOf('aggregationType');

/** The upper word of the NaN that stands for every NaN given as a number (5.3), and the bit that makes a NaN quiet. */
const nanHigh = 0xfff8_0000;
const quietBit = 0x0008_0000;

/** A 64-bit integer in words, the lower one unsigned. */
export interface Words {
  readonly high: number;
  readonly low: number;
}

const ticksScratch = /* @__PURE__ */ new BigInt64Array(1);
const wordScratch = /* @__PURE__ */ new Int32Array(ticksScratch.buffer);
/** Which of the two words of an i64 in memory is the lower one here. */
export const lowWord = /* @__PURE__ */ new Uint8Array(/* @__PURE__ */ Uint32Array.of(1).buffer)[0] === 1 ? 0 : 1;

/** An i64 as words. */
export function wordsOf(ticks: bigint): Words {
  ticksScratch[0] = ticks;
  return { high: wordScratch[1 - lowWord]!, low: wordScratch[lowWord]! >>> 0 };
}

/** Words as an i64. */
export function ticksOf(high: number, low: number): bigint {
  wordScratch[lowWord] = low;
  wordScratch[1 - lowWord] = high;
  return ticksScratch[0]!;
}

/** Whether the time of one pair of words is earlier than that of another. */
export const isBefore = (high: number, low: number, otherHigh: number, otherLow: number) =>
  high < otherHigh || (high === otherHigh && low < otherLow);

export const getId = (view: DataView, at: number) => view.getUint16(at + idAt, true);
export const getType = (view: DataView, at: number) => view.getUint8(at + typeAt);
export const getTimeHigh = (view: DataView, at: number) => view.getInt32(at + highAt, true);
export const getTimeLow = (view: DataView, at: number) => view.getUint32(at + lowAt, true);
export const getValue = (view: DataView, at: number) => view.getFloat64(at + valueAt, true);

export function setId(view: DataView, at: number, metricId: number): void {
  view.setUint16(at + idAt, metricId, true);
}

export function setTime(view: DataView, at: number, high: number, low: number): void {
  view.setInt32(at + lowAt, low, true);
  view.setInt32(at + highAt, high, true);
}

export function setType(view: DataView, at: number, aggregationType: number): void {
  view.setUint8(at + typeAt, aggregationType);
}

/** Writes a value; a NaN is stored as the one of the reference, whatever bits the engine gives it (5.3). */
export function setValue(view: DataView, at: number, value: number): void {
  if (Number.isNaN(value)) setValueWords(view, at, nanHigh, 0);
  else view.setFloat64(at + valueAt, value, true);
}

/** The words of a stored NaN, made quiet: what x64 gives for a sum with it. */
export function getQuietNan(view: DataView, at: number): Words {
  return { high: view.getUint32(at + valueHighAt, true) | quietBit, low: view.getUint32(at + valueAt, true) };
}

export function setValueWords(view: DataView, at: number, high: number, low: number): void {
  view.setUint32(at + valueAt, low, true);
  view.setUint32(at + valueHighAt, high, true);
}

/** Copies a stored sample as integers, so that NaN payloads survive. */
export function copySample(from: DataView, at: number, to: DataView, target: number): void {
  to.setUint16(target + idAt, from.getUint16(at + idAt, true), true);
  to.setUint32(target + lowAt, from.getUint32(at + lowAt, true), true);
  to.setUint32(target + highAt, from.getUint32(at + highAt, true), true);
  to.setUint32(target + valueAt, from.getUint32(at + valueAt, true), true);
  to.setUint32(target + valueHighAt, from.getUint32(at + valueHighAt, true), true);
  to.setUint8(target + typeAt, from.getUint8(at + typeAt));
}
