import { formatIdentifier, formatMajorVersion, formatNamespaceAnchor } from './check-superblock.ts';
import { decodeSuperblock, type Superblock } from './superblock.ts';

/** The field is a number of the format: 1 stands for XXH64 (page 02, 3.4). */
const xxh64Checksums = 1;

/** A superblock as creators write it, with the values given and zeros for what nothing is said of (page 02, 3.4). */
export function createSuperblock(values: Partial<Superblock> & Pick<Superblock, 'blockSize'>): Superblock {
  return {
    ...decodeSuperblock(new Uint8Array(values.blockSize), values.blockSize),
    identifier: formatIdentifier(),
    majorVersion: formatMajorVersion,
    specRevision: 1,
    namespaceAnchor: formatNamespaceAnchor(),
    minReaderVersion: formatMajorVersion,
    minWriterVersion: formatMajorVersion,
    defaultChecksumAlgo: xxh64Checksums,
    policyVersion: 1,
    checkpointSequence: 1n,
    ...values,
  };
}
