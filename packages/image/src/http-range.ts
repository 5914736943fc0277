import { isVdeError, VdeError } from '@vde/format';

/** Where requests go, and what they cost so far. */
export interface HttpTarget {
  readonly url: string;
  readonly name: string;
  readonly fetch: typeof globalThis.fetch;
  readonly headers: HeadersInit | undefined;
  readonly stats: { requests: number; bytes: number };
}

/** What the first answer said about the resource; every later one must say the same. */
export interface HttpVersion {
  readonly size: number;
  readonly etag: string | null;
  readonly lastModified: string | null;
  /** Sent as If-Range. */
  readonly condition: string | undefined;
}

/** An answer that was checked up to its body. */
export interface RangeAnswer {
  readonly body: Response['body'];
  readonly version: HttpVersion;
  /** Bytes that the body must have. */
  readonly length: number;
}

/**
 * Asks for one range, clipped to the resource by the server.
 *
 * Every answer's ETag, Last-Modified and total size are compared with those of the first. That alone finds a change: an
 * answer with a range must carry the ETag if there is one. If-Range goes along where it costs nothing, so that caches on the
 * way do not join two versions, either: only a strong ETag may stand there (RFC 9110, 13.1.5; a date counts as strong only
 * by clocks that we do not know), and across origins the header would demand a preflight that many servers refuse.
 * @throws VdeError
 */
export async function requestRange(
  target: HttpTarget,
  offset: number,
  length: number,
  known: HttpVersion | undefined,
  signal: AbortSignal | undefined,
): Promise<RangeAnswer> {
  const headers = new Headers(target.headers);
  headers.set('Range', `bytes=${offset}-${offset + length - 1}`);
  if (known?.condition) headers.set('If-Range', known.condition);
  // A browser's `fetch` must not be called as a method of another object.
  const { fetch, stats } = target;
  stats.requests++;
  let response: Response;
  try {
    // The browser's cache locks a URL while it stores it, which puts concurrent requests in line.
    response = await fetch(target.url, { headers, cache: 'no-store', signal: signal ?? null });
  } catch (cause) {
    signal?.throwIfAborted();
    throw failed(target, 'the request failed', { offset, length }, cause);
  }
  try {
    return checkAnswer(target, response, offset, length, known);
  } catch (error) {
    discard(response);
    throw error;
  }
}

/**
 * Streams the body into `parts`, one after the other, which together have the length of the answer.
 * @throws VdeError `readFailed` when it breaks off, `badRange` when it is too long.
 */
export async function receiveBody(
  target: HttpTarget,
  { body, length }: RangeAnswer,
  parts: readonly Uint8Array[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const reader = body?.getReader();
  const sink = createSink(parts);
  let received = 0;
  try {
    while (reader) {
      const { done, value } = await reader.read();
      if (done) break;
      received += value.length;
      target.stats.bytes += value.length;
      if (received > length) throw bad(target, `the body has more than the ${length} bytes that its header says`);
      sink(value);
    }
  } catch (cause) {
    reader?.cancel().catch(() => undefined);
    signal?.throwIfAborted();
    if (isVdeError(cause)) throw cause;
    throw failed(target, `the transfer broke off after ${received} of ${length} bytes`, { length }, cause);
  }
  signal?.throwIfAborted();
  if (received < length)
    throw failed(target, `the transfer broke off after ${received} of ${length} bytes`, { length });
}

/** Cancels a body that nobody wants, so that a whole image is not transferred for nothing. */
function discard(response: Response): void {
  response.body?.cancel().catch(() => undefined);
}

function createSink(parts: readonly Uint8Array[]): (chunk: Uint8Array) => void {
  let index = 0;
  let at = 0;
  return (chunk) => {
    for (let taken = 0; taken < chunk.length; ) {
      const part = parts[index]!;
      const n = Math.min(chunk.length - taken, part.length - at);
      part.set(chunk.subarray(taken, taken + n), at);
      taken += n;
      at += n;
      if (at < part.length) continue;
      index++;
      at = 0;
    }
  };
}

function checkAnswer(
  target: HttpTarget,
  response: Response,
  offset: number,
  length: number,
  known: HttpVersion | undefined,
): RangeAnswer {
  const { status } = response;
  switch (status) {
    case 206:
      return checkPartial(target, response, offset, length, known);
    case 200:
      return checkWhole(target, response, known);
    case 416:
      return checkUnsatisfied(target, response, offset, known);
    case 404:
    case 410:
      throw new VdeError('notFound', `${target.name}: the server has no such resource (HTTP ${status})`);
    case 401:
    case 403:
      throw new VdeError('permissionDenied', `${target.name}: the server refuses access (HTTP ${status})`);
    default:
      throw failed(target, `the server answered HTTP ${status}`, { offset, length, status });
  }
}

function checkPartial(
  target: HttpTarget,
  response: Response,
  offset: number,
  length: number,
  known: HttpVersion | undefined,
): RangeAnswer {
  const header = (name: string) => response.headers.get(name);
  const type = header('content-type');
  if (type && /^\s*multipart\//i.test(type)) throw bad(target, `the server answered one range with ${type.trim()}`);
  const encoding = header('content-encoding');
  if (encoding && encoding !== 'identity') throw bad(target, `the server answered a range encoded with ${encoding}`);
  const contentRange = header('content-range');
  if (contentRange === null) throw bad(target, 'the answer has no (exposed) Content-Range');
  const match = /^bytes (\d+)-(\d+)\/(\d+)$/i.exec(contentRange.trim());
  const size = Number(match?.[3]);
  if (!match || !Number.isSafeInteger(size))
    throw bad(target, `Content-Range "${contentRange}" does not name a range and a size`);
  const version = checkVersion(target, versionOf(response, size), known);
  const last = Math.min(offset + length, size) - 1;
  if (Number(match[1]) !== offset || Number(match[2]) !== last) {
    throw bad(target, `asked for bytes ${offset}-${last}, got Content-Range "${contentRange}"`);
  }
  const expected = last - offset + 1;
  const bodyLength = header('content-length');
  if (bodyLength !== null && Number(bodyLength) !== expected) {
    throw bad(target, `asked for ${expected} bytes, got Content-Length ${bodyLength}`);
  }
  return { body: response.body, version, length: expected };
}

/** Some servers send an empty resource whole: nothing of it was ignored. */
function checkWhole(target: HttpTarget, response: Response, known: HttpVersion | undefined): RangeAnswer {
  const size = response.headers.get('content-length');
  if (!known && size === '0') return { body: response.body, version: versionOf(response, 0), length: 0 };
  if (known) checkVersion(target, versionOf(response, size === null ? known.size : Number(size)), known);
  throw new VdeError('rangesUnsupported', `${target.name}: the server ignores range requests (HTTP 200, expected 206)`);
}

/** 416 is the right answer for an empty resource, which has no first byte. */
function checkUnsatisfied(
  target: HttpTarget,
  response: Response,
  offset: number,
  known: HttpVersion | undefined,
): RangeAnswer {
  const contentRange = response.headers.get('content-range');
  const size = /^bytes \*\/(\d+)$/i.exec(contentRange?.trim() ?? '')?.[1];
  if (!known && size === '0') {
    discard(response);
    return { body: null, version: versionOf(response, 0), length: 0 };
  }
  if (known && size !== undefined)
    checkVersion(target, versionOf(response, Number(size)), { ...known, etag: null, lastModified: null });
  throw bad(target, `the server has no byte ${offset} (HTTP 416, Content-Range "${contentRange ?? ''}")`);
}

function versionOf(response: Response, size: number): HttpVersion {
  const etag = response.headers.get('etag');
  const lastModified = response.headers.get('last-modified');
  const condition = etag?.startsWith('"') && response.type !== 'cors' ? etag : undefined;
  return { size, etag, lastModified, condition };
}

/** Last-Modified may be left out of an answer to If-Range, the ETag may not. */
function checkVersion(target: HttpTarget, now: HttpVersion, known: HttpVersion | undefined): HttpVersion {
  if (!known) return now;
  if (now.size !== known.size) throw changed(target, 'size', known.size, now.size);
  if (known.etag !== null && now.etag !== known.etag) throw changed(target, 'ETag', known.etag, now.etag);
  if (known.lastModified !== null && now.lastModified !== null && now.lastModified !== known.lastModified) {
    throw changed(target, 'Last-Modified', known.lastModified, now.lastModified);
  }
  return known;
}

function changed(target: HttpTarget, what: string, expected: unknown, actual: unknown): VdeError<'imageChanged'> {
  const text = `${target.name}: the image changed on the server: ${what} was ${expected}, now ${actual ?? 'missing'}`;
  return new VdeError('imageChanged', text, { details: { expected, actual } });
}

function bad(target: HttpTarget, text: string): VdeError<'badRange'> {
  return new VdeError('badRange', `${target.name}: ${text}`);
}

interface FailedPlace {
  readonly offset?: number;
  readonly length: number;
  readonly status?: number;
}

function failed(target: HttpTarget, text: string, details: FailedPlace, cause?: unknown): VdeError<'readFailed'> {
  return new VdeError('readFailed', `${target.name}: ${text}`, { details, cause });
}
