// The compliance vault: passports in blocks and back, signatures made and verified.
import { built, time } from '../measure.mjs';

const blockSize = 4096;
const now = 638712864000000000n;

/** Rows: passports of 153 bytes, the size of the one on the format page. */
export async function* rows({ quick }) {
  const { decodeRegion, encodeRegion } = await built('packages/format/dist/index.js');
  const { p256 } = await built('packages/crypto/dist/index.node.js');
  const { ComplianceVault, complianceVault, signPassport, verifyPassports } = await built(
    'packages/region-compliance-vault/dist/index.js',
  );
  const atLeast = quick ? 1 : 200;
  const count = quick ? 50 : 1000;
  const size = count.toLocaleString('en-US');
  const { privateKey, publicKey } = p256.generateKeyPair();
  const signed = Array.from({ length: count }, (_, i) => signPassport(passportOf(i), privateKey));

  const vault = new ComplianceVault(signed);
  const encode = () => encodeRegion(complianceVault, vault, { blockSize, generation: 1 });
  const blocks = encode();
  const decode = () => {
    const { state, findings } = decodeRegion(complianceVault, blocks, { blockSize });
    if (state.passportCount !== count || findings.length > 0) throw new Error('vault: decoded something else');
  };
  const each = { unit: 'ns/passport', better: 'less', rounds: 5, scale: 'xxh' };
  yield {
    ...each,
    name: `vault, encode ${size}`,
    ours: () => time(encode, atLeast) / count,
    targets: [{ value: 166 }],
  };
  yield {
    ...each,
    name: `vault, decode ${size}`,
    ours: () => time(decode, atLeast) / count,
    targets: [{ value: 150 }],
  };

  const second = { unit: '1/s', better: 'more', rounds: 5, scale: 'sha' };
  let next = 0;
  const sign = () => signPassport(signed[next++ % count], privateKey);
  yield { ...second, name: 'vault, sign', ours: () => 1e9 / time(sign, atLeast), targets: [{ value: 32_000 }] };
  const batch = Array.from({ length: quick ? 1 : 5 }, () => signed).flat();
  yield {
    ...second,
    name: `vault, verify ${batch.length.toLocaleString('en-US')}`,
    ours: async () => {
      const start = process.hrtime.bigint();
      const verdicts = await verifyPassports(batch, { now, publicKey });
      const spent = Number(process.hrtime.bigint() - start);
      if (verdicts.some(({ verdict }) => verdict !== 'valid')) throw new Error('a genuine passport is not valid');
      return (batch.length * 1e9) / spent;
    },
    targets: [{ value: 20_000 }],
  };
}

function passportOf(i) {
  const id = (high) => `${high}${i.toString(16).padStart(7, '0')}-0000-4000-8000-000000000000`;
  return {
    passportId: id(1),
    objectId: id(2),
    frameworkId: i % 9,
    complianceStatus: 1,
    issuedUtcTicks: now,
    expiresUtcTicks: 0n,
    lastVerifiedUtcTicks: now,
    issuerId: 'test-issuer',
    notes: 'test-notes',
  };
}
