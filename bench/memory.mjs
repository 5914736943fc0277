// How much memory a program takes.
import { execFileSync } from 'node:child_process';

/** Resident memory of a process at its peak, in MiB, as the system counted it. */
export function peakMemory(script) {
  const code = `${script}\nprocess.stdout.write(String(process.resourceUsage().maxRSS));`;
  return Number(execFileSync(process.execPath, ['--input-type=module', '--eval', code], { encoding: 'utf8' })) / 1024;
}

/** The URL of a built file, as a script names it. */
export const builtUrl = (path) => JSON.stringify(new URL(`../${path}`, import.meta.url).href);
