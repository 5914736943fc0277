import { processIo } from './io.ts';
import { main } from './main.ts';

const interrupt = new AbortController();
// The second Ctrl-C is the system's: it ends the process at once.
process.once('SIGINT', () => interrupt.abort(new Error('interrupted')));

// Not process.exit(): what is still being written to a pipe would be lost.
process.exitCode = await main(process.argv.slice(2), processIo(interrupt.signal));
