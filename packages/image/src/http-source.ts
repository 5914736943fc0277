import { isVdeError, type VdeError } from '@vde/format';
import { type HttpTarget, type HttpVersion, receiveBody, requestRange } from './http-range.ts';
import { readableLength } from './read-length.ts';
import type { BlockSource } from './source.ts';

/** How a resource is read over HTTP. */
export interface HttpSourceOptions {
  /** Takes the place of the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch;
  /** Bytes that are requested and kept together; 64 KiB unless given. */
  readonly pageSize?: number;
  /** Pages that are kept, the least recently used go first; 256 unless given. */
  readonly cachePages?: number;
  /** Aborts the opening; reads have a signal of their own. */
  readonly signal?: AbortSignal | undefined;
  /** Sent with every request, such as `Authorization`. */
  readonly headers?: HeadersInit;
}

/** A resource behind HTTP. `close` aborts what is under way and drops the cache. */
export interface HttpSource extends BlockSource {
  /** What it cost so far: requests sent, bytes of bodies received. */
  readonly stats: { readonly requests: number; readonly bytes: number };
  close(): Promise<void>;
}

/** Reads of more pages are streamed to where they belong: they would only push everything else out of the cache. */
const maxCachedRead = 16;

/** One request for adjacent pages, shared by all reads that need one of them. */
interface Run {
  readonly first: number;
  readonly pages: readonly Uint8Array[];
  readonly done: Promise<void>;
  readonly controller: AbortController;
  readers: number;
}

/**
 * Opens a resource of a server that supports range requests. The first one, for one page, tells the size.
 * @throws VdeError `notFound`, `permissionDenied`, `rangesUnsupported`, `badRange` or `readFailed`; reads also `imageChanged`,
 * and from then on always.
 */
export async function openHttpSource(url: string | URL, options: HttpSourceOptions = {}): Promise<HttpSource> {
  const { fetch = globalThis.fetch, pageSize = 64 * 1024, cachePages = 256, signal, headers } = options;
  for (const [name, value] of Object.entries({ pageSize, cachePages })) {
    if (!Number.isSafeInteger(value) || value < 1)
      throw new RangeError(`${name} ${value}: expected a positive integer`);
  }
  const address = String(url);
  // The query may hold a signature, which has no business in messages.
  const name = address.replace(/[?#].*$/s, '');
  const target: HttpTarget = { url: address, name, fetch, headers, stats: { requests: 0, bytes: 0 } };
  signal?.throwIfAborted();
  const answer = await requestRange(target, 0, pageSize, undefined, signal);
  const page = new Uint8Array(answer.length);
  await receiveBody(target, answer, [page], signal);
  return new PagedSource(target, answer.version, pageSize, cachePages, page);
}

class PagedSource implements HttpSource {
  readonly #target: HttpTarget;
  readonly #version: HttpVersion;
  readonly #pageSize: number;
  readonly #cachePages: number;
  /** In order of use, the latest last. */
  readonly #cache = new Map<number, Uint8Array>();
  readonly #running = new Map<number, Run>();
  readonly #requests = new Set<AbortController>();
  /** Why nothing can be read any more. */
  #ended: VdeError | TypeError | undefined;

  constructor(target: HttpTarget, version: HttpVersion, pageSize: number, cachePages: number, firstPage: Uint8Array) {
    this.#target = target;
    this.#version = version;
    this.#pageSize = pageSize;
    this.#cachePages = cachePages;
    this.#cache.set(0, firstPage);
  }

  get size(): number {
    return this.#version.size;
  }

  get name(): string {
    return this.#target.name;
  }

  get stats(): { readonly requests: number; readonly bytes: number } {
    return this.#target.stats;
  }

  async read(offset: number, into: Uint8Array, { signal }: { readonly signal?: AbortSignal | undefined } = {}) {
    if (this.#ended) throw this.#ended;
    signal?.throwIfAborted();
    const length = readableLength(offset, into.length, this.size);
    if (length === 0) return 0;
    const wanted = into.subarray(0, length);
    const first = Math.floor(offset / this.#pageSize);
    const end = Math.ceil((offset + length) / this.#pageSize);
    if (end - first > Math.min(maxCachedRead, this.#cachePages)) await this.#stream(offset, wanted, signal);
    else await this.#readPages(first, end, offset, wanted, signal);
    return length;
  }

  async close(): Promise<void> {
    this.#end(new TypeError(`${this.name}: read after close`));
  }

  /** Into the caller's memory, so the read ends only when the transfer has ended. */
  async #stream(offset: number, into: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
    const controller = new AbortController();
    const abort = () => controller.abort(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      await this.#request(offset, [into], controller);
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  async #readPages(first: number, end: number, offset: number, into: Uint8Array, signal: AbortSignal | undefined) {
    const pages = new Map<number, Uint8Array>();
    const runs = new Set<Run>();
    for (let page = first; page < end; page++) {
      const cached = this.#touch(page);
      if (cached) pages.set(page, cached);
      else runs.add(this.#running.get(page) ?? this.#start(page, end));
    }
    if (runs.size > 0) await this.#await(runs, signal);
    for (const run of runs) {
      for (const [i, bytes] of run.pages.entries()) pages.set(run.first + i, bytes);
    }
    for (let page = first; page < end; page++) {
      const start = page * this.#pageSize - offset;
      const bytes = pages.get(page)!;
      into.set(bytes.subarray(Math.max(0, -start), into.length - start), Math.max(0, start));
    }
  }

  /** Waits for the runs as long as the signal allows; a run that nobody waits for any more is aborted. */
  async #await(runs: ReadonlySet<Run>, signal: AbortSignal | undefined): Promise<void> {
    for (const run of runs) run.readers++;
    try {
      await untilAborted(Promise.all(Array.from(runs, (run) => run.done)), signal);
    } finally {
      for (const run of runs) {
        if (--run.readers > 0) continue;
        this.#forget(run);
        run.controller.abort(signal?.reason);
      }
    }
  }

  /** Requests `page` and the pages behind it, up to one that is there or under way. */
  #start(page: number, end: number): Run {
    let next = page;
    const pages: Uint8Array[] = [];
    while (next < end && !this.#cache.has(next) && !this.#running.has(next)) {
      const start = next++ * this.#pageSize;
      pages.push(new Uint8Array(Math.min(this.#pageSize, this.size - start)));
    }
    const controller = new AbortController();
    const done = this.#request(page * this.#pageSize, pages, controller).then(() => {
      for (const [i, bytes] of pages.entries()) this.#store(page + i, bytes);
    });
    const run: Run = { first: page, pages, done, controller, readers: 0 };
    for (let i = page; i < next; i++) this.#running.set(i, run);
    const forget = () => this.#forget(run);
    done.then(forget, forget);
    return run;
  }

  #forget(run: Run): void {
    for (const i of run.pages.keys()) {
      if (this.#running.get(run.first + i) === run) this.#running.delete(run.first + i);
    }
  }

  async #request(offset: number, parts: readonly Uint8Array[], controller: AbortController): Promise<void> {
    const { signal } = controller;
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    this.#requests.add(controller);
    try {
      const answer = await requestRange(this.#target, offset, length, this.#version, signal);
      await receiveBody(this.#target, answer, parts, signal);
    } catch (error) {
      if (isVdeError(error, 'imageChanged')) this.#end(error);
      throw error;
    } finally {
      this.#requests.delete(controller);
    }
  }

  /** Stops for good: the pages of another version, or of a closed source, are no use to anybody. */
  #end(reason: VdeError | TypeError): void {
    this.#ended ??= reason;
    this.#cache.clear();
    for (const controller of this.#requests) controller.abort(this.#ended);
  }

  #touch(page: number): Uint8Array | undefined {
    const bytes = this.#cache.get(page);
    if (bytes) this.#store(page, bytes);
    return bytes;
  }

  #store(page: number, bytes: Uint8Array): void {
    if (this.#ended) return;
    this.#cache.delete(page);
    this.#cache.set(page, bytes);
    if (this.#cache.size > this.#cachePages) this.#cache.delete(this.#cache.keys().next().value!);
  }
}

/** The promise's result, or the signal's reason if that comes first. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
