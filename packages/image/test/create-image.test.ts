import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { sha256 } from '@vde/crypto';
import { decodeSuperblock, decodeWalHeader, type Profile, type ProfileName, profiles, toHex } from '@vde/format';
import { describe, expect, it } from 'vitest';
import { type CreateOptions, createImage, type MemoryDevice, memoryDevice, openImage } from '../src/index.ts';

const folder = new URL('../../../fixtures/golden/images/', import.meta.url);
const example = { volumeUuid: '00112233-4455-6677-8899-aabbccddeeff', now: 638396640000000000n };

async function created(options: CreateOptions): Promise<MemoryDevice> {
  const device = memoryDevice();
  await createImage(device, options);
  return device;
}

const hashOf = ({ bytes }: MemoryDevice): string => toHex(sha256(bytes));

describe('a new image', () => {
  it.each<ProfileName>(['minimal', 'standard', 'enterprise', 'max-security', 'analytics'])(
    'of profile %s is that of the reference, byte for byte',
    async (profile) => {
      const golden = JSON.parse(readFileSync(new URL(`fresh-${profile}.json`, folder), 'utf8'));
      const image = new Uint8Array(gunzipSync(readFileSync(new URL(`fresh-${profile}.dwvd.gz`, folder))));
      const { blockSize } = golden;
      const logOf = (type: string) => {
        const slot = golden.slots.find((one: { type: string }) => one.type === type);
        return slot && decodeWalHeader(image.subarray(Number(slot.startBlock) * blockSize))!.createdTimestamp;
      };
      const { volumeUuid, createdTimestamp: now } = decodeSuperblock(image, blockSize);
      const device = await created({
        profile,
        totalBlocks: image.length / blockSize,
        volumeUuid,
        now,
        walCreated: { metadata: logOf('MWAL'), data: logOf('DWAL') ?? 0n },
        slotTags: 'reference',
      });
      expect(hashOf(device)).toBe(golden.sha256);
    },
  );

  it.each<[ProfileName, string]>([
    ['minimal', '4845d595a3fb6594feebf938b3ca8fcda887c82d9c5190101dbc9f7925f2a415'],
    ['standard', '938fb9eabbaa1510b4b0cdc996128f19d7ded1a33a0f7b04e8678872cb61bcdf'],
    ['enterprise', 'd3af54bc791f32d19dfed7d7af35ee8a3131562aebeca353e65804f298b898c0'],
    ['max-security', '3e083259df26794de8fbe46de5bc7ac345492a31a0787d30e2658d016e1c978b'],
    ['analytics', '00b455c16ef86fcf7b8f062a1af2fb688f9e74ee9c63716f352b88036fdb1d6c'],
    ['edge-iot', '92c425798899087654252fb10e6c2958eb946233f6373b3a4ffbf01dbc2888a9'],
  ])('of profile %s has the SHA-256 of page 04, 3.6', async (profile, hash) => {
    const blockSize = profile === 'analytics' ? 65536 : 4096;
    expect(hashOf(await created({ ...example, profile, blockSize, totalBlocks: 16384, slotTags: 'reference' }))).toBe(
      hash,
    );
  });

  it.each<[ProfileName, string]>([
    ['enterprise', 'e8832b9abdb60f3614815aa2f8c6fa7945b19c77224d498e9ad4d50242abf7cb'],
    ['max-security', '3cda481b86a3eaf988bc32c7f213b4b7678cf2769ff7d71231796baed2c2ebed'],
  ])('of profile %s files every region under its own tag', async (profile, hash) => {
    expect(hashOf(await created({ ...example, profile, totalBlocks: 16384 }))).toBe(hash);
  });

  it('opens without findings, with the identity that was asked for', async () => {
    const profile: Profile = { blockSize: 8192, manifest: 0x2_4000, config: { primary: 0n, extended: 0n } };
    const device = await created({ ...example, profile, totalBlocks: 2000, volumeLabel: 'Küche' });
    const image = await openImage(device);
    expect(image.findings).toEqual([]);
    expect(image.slots.map(({ type }) => type)).toEqual([
      'SUPB',
      'SUPB',
      'RMAP',
      'BMAP',
      'INOD',
      'MWAL',
      'ANON',
      'MLOG',
      'DATA',
    ]);
    expect(image.superblock).toMatchObject({ volumeUuid: example.volumeUuid, moduleManifest: 0x2_4000 });
    expect(new TextDecoder().decode(image.superblock!.volumeLabel).replace(/\0+$/, '')).toBe('Küche');
  });

  it('has an identity of its own, a version 4 GUID', async () => {
    const uuids = await Promise.all(
      [1, 2].map(
        async () => (await openImage(await created({ profile: 'minimal', totalBlocks: 1100 }))).superblock!.volumeUuid,
      ),
    );
    expect(uuids[0]).not.toBe(uuids[1]);
    for (const uuid of uuids)
      expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('takes the place of whatever the device held', async () => {
    const device = memoryDevice(new Uint8Array(20 * 1024 * 1024).fill(0xa5));
    await createImage(device, { ...example, profile: 'standard', totalBlocks: 1300 });
    expect(hashOf(device)).toBe(hashOf(await created({ ...example, profile: 'standard', totalBlocks: 1300 })));
  });

  it('marks its metadata in every block of a large bitmap (page 04, 6 #2)', async () => {
    // So many inodes that the bits of the metadata go on in the second block of the bitmap.
    const totalBlocks = 1_092_100;
    const writes: [number, number][] = [];
    const device = {
      ...memoryDevice(),
      truncate: async () => {},
      write: async (offset: number, bytes: Uint8Array) => void writes.push([offset, bytes[4096]!]),
    };
    const layout = await createImage(device, { ...example, profile: 'max-security', totalBlocks });
    expect(layout.metadataBlocks).toBe(32_641);
    const bitmap = writes.find(([offset]) => offset === 14 * 4096)!;
    expect(bitmap[1]).toBe(1);
  });

  it.each<[string, CreateOptions, object]>([
    ['blocks too small for a container', { profile: 'edge-iot', totalBlocks: 4096 }, { code: 'unsupportedBlockSize' }],
    [
      'no room for data',
      { profile: 'minimal', totalBlocks: 1099 },
      { code: 'volumeTooSmall', message: expect.stringContaining('1100') },
    ],
    [
      'a module that nothing records',
      { profile: { ...profiles.minimal, manifest: 2 ** 32 }, totalBlocks: 4096 },
      { code: 'unsupportedModule' },
    ],
    [
      'a label that does not fit',
      { profile: 'minimal', totalBlocks: 4096, volumeLabel: 'ü'.repeat(33) },
      { name: 'RangeError' },
    ],
    ['no GUID', { profile: 'minimal', totalBlocks: 4096, volumeUuid: 'abc' }, { name: 'RangeError' }],
    ['too few blocks for a layout', { profile: 'minimal', totalBlocks: 63 }, { name: 'RangeError' }],
  ])('%s is refused before anything is written', async (_, options, error) => {
    const device = memoryDevice(Uint8Array.of(1, 2, 3));
    await expect(createImage(device, options)).rejects.toMatchObject(error);
    expect([...device.bytes]).toEqual([1, 2, 3]);
  });

  it('is larger than its volume where that is asked for', async () => {
    const device = await created({
      ...example,
      profile: 'minimal',
      totalBlocks: 1036,
      allowOverfull: true,
      slotTags: 'reference',
    });
    expect(device.size).toBe(1036 * 4096);
    const small = await created({ ...example, profile: 'minimal', totalBlocks: 1024, allowOverfull: true });
    // The header of the log lies behind the volume: writing it makes the file longer, as in images of the reference.
    expect(small.size).toBe(4_243_456);
    expect((await openImage(small)).findings.map(({ code }) => code)).toContain('beyondVolume');
  });
});
