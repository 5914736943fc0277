/** A stream that the program writes to. Writing rejects with the system's error. */
export interface OutputStream {
  write(bytes: string | Uint8Array): Promise<void>;
  readonly isTTY: boolean;
  /** Width of the terminal, where there is one. */
  readonly columns?: number | undefined;
}

/** Everything of the surroundings that a run of the program touches besides files. */
export interface Io {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** What is written to the program. */
  readonly stdin?: AsyncIterable<Uint8Array> | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted by Ctrl-C. */
  readonly signal?: AbortSignal | undefined;
}

/** The process's own streams and variables. */
export function processIo(signal?: AbortSignal): Io {
  const [stdout, stderr] = [streamOf(process.stdout), streamOf(process.stderr)];
  return { stdout, stderr, stdin: process.stdin, env: process.env, signal };
}

function streamOf(stream: NodeJS.WriteStream): OutputStream {
  // Failures reach the caller through the write; without a listener they would also end the process.
  stream.on('error', () => {});
  return {
    write: (bytes) =>
      new Promise((resolve, reject) => {
        stream.write(bytes, (error) => (error ? reject(error) : resolve()));
      }),
    isTTY: stream.isTTY === true,
    get columns() {
      return stream.columns;
    },
  };
}
