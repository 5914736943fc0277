import { dateFromTicks, ticksPerSecond } from '@vde/format';

const ticksPerMinute = 60n * ticksPerSecond;
const twoDigits = /* @__PURE__ */ Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'));

/**
 * Writes ticks as ISO 8601 text, always with all seven digits of the fraction: texts of one width, which sort as times do.
 * Ticks outside years 1-9999 stay a number. The minute is kept, because the next time is mostly in the same.
 */
export class TicksWriter {
  /** Ticks of the kept minute: from `#start` to before `#end`. */
  #start = 0n;
  #end = 0n;
  #prefix = '';

  text(ticks: bigint): string {
    if ((ticks < this.#start || ticks >= this.#end) && !this.#keepMinute(ticks)) return String(ticks);
    const rest = Number(ticks - this.#start);
    const second = Math.floor(rest / 1e7);
    const fraction = rest - second * 1e7;
    return `${this.#prefix}${twoDigits[second]}.${fraction === 0 ? '0000000' : String(1e7 + fraction).slice(1)}Z`;
  }

  #keepMinute(ticks: bigint): boolean {
    const date = dateFromTicks(ticks);
    if (date === undefined) return false;
    this.#start = ticks - (ticks % ticksPerMinute);
    this.#end = this.#start + ticksPerMinute;
    this.#prefix = date.toISOString().slice(0, 17);
    return true;
  }
}
