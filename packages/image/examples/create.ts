// examples/create.ts
import { createImage, memoryDevice, openImage } from '@vde/image';

// For a file: await writeNewFile(path, (device) => createImage(device, options)), from '@vde/image/node'.
const device = memoryDevice();
const layout = await createImage(device, { profile: 'standard', totalBlocks: 16_384, volumeLabel: 'archive' });
console.log(layout.metadataBlocks, layout.dataBlocks); // 1313 15071

const image = await openImage(device);
export const types = image.slots.map(({ type }) => type);
console.log(types.join(' ')); // SUPB SUPB RMAP POLV ENCR BMAP INOD MWAL DICT MTRK SNAP DATA
