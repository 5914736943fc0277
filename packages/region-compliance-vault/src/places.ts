import type { Geometry } from '@vde/format';
import { ComplianceVaultHeader, Passport } from './records.ts';

/** Where a passport stands: block, offset in its payload, length. */
export interface PassportPlace {
  readonly block: number;
  readonly offset: number;
  readonly length: number;
}

/** The places of passports as they are packed: list order, no straddling (3.3). */
export function placesOf(passports: readonly Passport[], { payloadSize }: Geometry): PassportPlace[] {
  let block = 0;
  let offset = ComplianceVaultHeader.size;
  return passports.map((passport) => {
    const length = Passport.sizeOf(passport);
    if (offset + length > payloadSize) {
      block++;
      offset = 0;
    }
    const place = { block, offset, length };
    offset += length;
    return place;
  });
}

/** Finds the place of a passport by its index, packing once per block size. */
export function placeFinder(passports: readonly Passport[]): (index: number, geometry: Geometry) => PassportPlace {
  let packed: { readonly blockSize: number; readonly places: readonly PassportPlace[] } | undefined;
  return (index, geometry) => {
    if (packed?.blockSize !== geometry.blockSize)
      packed = { blockSize: geometry.blockSize, places: placesOf(passports, geometry) };
    const place = packed.places[index];
    if (place === undefined) throw new RangeError(`passport ${index}: expected 0 to ${passports.length - 1}`);
    return place;
  };
}
