// Hashes and signatures: what @vde/crypto does in Node against what it does elsewhere.
import { createHash } from 'node:crypto';
import { built, rate, time } from '../measure.mjs';

/** Rows: SHA-256 of a block, signatures made and verified a second. */
export async function* rows({ quick }) {
  const native = await built('packages/crypto/dist/index.node.js');
  const portable = await built('packages/crypto/dist/index.js');
  const atLeast = quick ? 1 : 150;
  const block = new Uint8Array(4096).map((_, i) => i * 31);
  yield {
    name: 'SHA-256 of 4 KiB',
    unit: 'GB/s',
    better: 'more',
    rounds: 5,
    ours: () => rate(block.length, () => native.sha256(block), atLeast),
    peers: {
      'node:crypto': () => rate(block.length, () => createHash('sha256').update(block).digest(), atLeast),
      '@noble/hashes': () => rate(block.length, () => portable.sha256(block), atLeast),
    },
  };

  const pem = native.p256.exportPrivateKey(native.p256.generateKeyPair().privateKey, 'pem');
  const keys = ({ p256 }) => {
    const privateKey = p256.importPrivateKey(pem);
    return { p256, privateKey, publicKey: p256.publicKeyOf(privateKey) };
  };
  const [ours, noble] = [keys(native), keys(portable)];
  const signature = ours.p256.sign(ours.privateKey, block);
  const perSecond = (run) => 1e9 / time(run, atLeast);
  const sign =
    ({ p256, privateKey }) =>
    () =>
      perSecond(() => p256.sign(privateKey, block));
  const verify =
    ({ p256, publicKey }) =>
    () =>
      perSecond(() => {
        if (!p256.verify(publicKey, block, signature)) throw new Error('a genuine signature does not verify');
      });
  const shared = { unit: '1/s', better: 'more', rounds: 5 };
  yield { ...shared, name: 'P-256 sign', ours: sign(ours), peers: { '@noble/curves': sign(noble) } };
  yield { ...shared, name: 'P-256 verify', ours: verify(ours), peers: { '@noble/curves': verify(noble) } };
}
