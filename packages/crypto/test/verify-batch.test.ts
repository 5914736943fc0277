import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { P256VerifyJob } from '../src/index.ts';
import { crossed, fromHex, type Implementation, native, portable, twin } from './implementations.ts';

interface Wycheproof {
  readonly testGroups: readonly {
    readonly publicKey: { readonly uncompressed: string };
    readonly tests: readonly { readonly msg: string; readonly sig: string; readonly result: 'valid' | 'invalid' }[];
  }[];
}

const vectorFile = '../../../fixtures/vectors/wycheproof-ecdsa-secp256r1-sha256-p1363.json';
const wycheproof: Wycheproof = JSON.parse(readFileSync(new URL(vectorFile, import.meta.url), 'utf8'));

afterEach(() => vi.unstubAllGlobals());

/** What pages without TLS have of WebCrypto. */
function hideSubtle(): void {
  const { crypto } = globalThis;
  vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto) });
}

/** Where signatures are verified: by OpenSSL in the thread pool, by WebCrypto, by @noble in the calling thread. */
const verifiers: readonly (readonly [string, Implementation, () => void])[] = [
  ['node', native, () => undefined],
  ['portable, WebCrypto', portable, () => undefined],
  ['portable, without WebCrypto', portable, hideSubtle],
];

/** Jobs of every kind, and their answers: genuine, the twin with n - s, another message, another key, malformed. */
function mixedJobs(count: number, { p256, randomBytes }: Implementation = native) {
  const keys = [p256.generateKeyPair(), p256.generateKeyPair()] as const;
  const jobs: P256VerifyJob[] = [];
  const answers: boolean[] = [];
  for (let i = 0; i < count; i++) {
    const { privateKey, publicKey } = keys[i % 2]!;
    const message = randomBytes(i * 3);
    const genuine = p256.sign(privateKey, message);
    const other = { message: new Uint8Array([...message, 1]), publicKey: keys[(i + 1) % 2]!.publicKey };
    const variants: readonly (readonly [P256VerifyJob, boolean])[] = [
      [{ publicKey, message, signature: genuine }, true],
      [{ publicKey, message, signature: twin(genuine) }, true],
      [{ publicKey, message: other.message, signature: genuine }, false],
      [{ publicKey: other.publicKey, message, signature: genuine }, false],
      [{ publicKey, message, signature: genuine.with(40, genuine[40]! ^ 1) }, false],
      [{ publicKey, message, signature: genuine.subarray(1) }, false],
      [{ publicKey, message, signature: new Uint8Array([...genuine, 0]) }, false],
      [{ publicKey, message, signature: new Uint8Array(0) }, false],
      [{ publicKey, message, signature: new Uint8Array(64) }, false],
      [{ publicKey, message, signature: new Uint8Array(64).fill(0xff) }, false],
    ];
    const [job, answer] = variants[(i * 7) % variants.length]!;
    jobs.push(job);
    answers.push(answer);
  }
  return { jobs, answers };
}

describe.each(verifiers)('%s: a batch', (_, implementation, prepare) => {
  const { p256 } = implementation;
  const isSlow = prepare === hideSubtle;

  it('gives each job its answer, in order, over more than one slice', async () => {
    prepare();
    const { jobs, answers } = mixedJobs(isSlow ? 30 : 600);
    expect(await p256.verifyBatch(jobs)).toEqual(answers);
    expect(jobs.map(({ publicKey, message, signature }) => p256.verify(publicKey, message, signature))).toEqual(
      answers,
    );
  });

  it('of no jobs has no answers', async () => {
    prepare();
    expect(await p256.verifyBatch([])).toEqual([]);
  });

  it('answers every Wycheproof signature', async () => {
    prepare();
    const listed = wycheproof.testGroups.flatMap(({ publicKey, tests }) => {
      const key = p256.importPublicKey(fromHex(publicKey.uncompressed));
      return tests.map(({ msg, sig, result }) => ({
        job: { publicKey: key, message: fromHex(msg), signature: fromHex(sig) },
        isValid: result === 'valid',
      }));
    });
    expect(listed.length).toBeGreaterThan(200);
    expect(await p256.verifyBatch(listed.map(({ job }) => job))).toEqual(listed.map(({ isValid }) => isValid));
  });

  it('takes jobs when it is their turn, and none after an abort', async () => {
    prepare();
    const { jobs } = mixedJobs(20);
    const controller = new AbortController();
    const reason = new Error('enough');
    let taken = 0;
    function* endless() {
      for (;;) {
        if (++taken === 10) setTimeout(() => controller.abort(reason), 0);
        yield jobs[taken % jobs.length]!;
      }
    }
    await expect(p256.verifyBatch(endless(), { signal: controller.signal })).rejects.toBe(reason);
    expect(taken).toBeLessThan(1500);
  });

  it('takes no job when it was aborted before', async () => {
    prepare();
    const reason = new Error('enough');
    const jobs = { [Symbol.iterator]: vi.fn(() => [][Symbol.iterator]()) };
    await expect(p256.verifyBatch(jobs, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(jobs[Symbol.iterator]).not.toHaveBeenCalled();
  });

  it('lets other tasks run meanwhile', async () => {
    prepare();
    const { jobs } = mixedJobs(isSlow ? 24 : 300);
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    await p256.verifyBatch(jobs);
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(0);
  });

  it('refuses callers who pass something else', async () => {
    prepare();
    const { publicKey, privateKey } = p256.generateKeyPair();
    const good: P256VerifyJob = { publicKey, message: new Uint8Array(1), signature: new Uint8Array(64) };
    const wrong: readonly Partial<Record<keyof P256VerifyJob, unknown>>[] = [
      { publicKey: privateKey },
      { publicKey: { type: 'p256-public' } },
      { message: 'text' },
      { signature: 'text' },
    ];
    for (const change of wrong) {
      const job = { ...good, ...change } as P256VerifyJob;
      await expect(p256.verifyBatch([good, job])).rejects.toThrow(TypeError);
    }
  });
});

describe.each(crossed)('%s', (_, signer, verifier) => {
  it('answers for keys and signatures of the other implementation', async () => {
    const { jobs, answers } = mixedJobs(60, signer);
    expect(await verifier.p256.verifyBatch(jobs)).toEqual(answers);
  });
});

describe('WebCrypto', () => {
  it('imports each key once, and is handed copies', async () => {
    const { jobs } = mixedJobs(40);
    const { subtle } = globalThis.crypto;
    const importKey = vi.spyOn(subtle, 'importKey');
    const verify = vi.spyOn(subtle, 'verify');
    await portable.p256.verifyBatch(jobs);
    await portable.p256.verifyBatch(jobs);
    expect(importKey).toHaveBeenCalledTimes(2);
    const handed = verify.mock.calls.flatMap(([, , signature, data]) => [signature, data]);
    expect(handed.length).toBeGreaterThan(40);
    const given: readonly unknown[] = jobs.flatMap(({ message, signature }) => [signature, message]);
    expect(handed.filter((bytes) => given.includes(bytes))).toEqual([]);
    vi.restoreAllMocks();
  });
});
