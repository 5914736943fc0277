import { stringToTag, writeTrailer } from '@vde/format';
import { describe, expect, it } from 'vitest';
import { whatIsIt } from '../src/sniff.ts';

const latin1 = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

function bytesWith(size: number, offset: number, text: string): Uint8Array {
  const bytes = new Uint8Array(size);
  bytes.set(latin1(text), offset);
  return bytes;
}

function sealed(blockSize: number, tag: string): Uint8Array {
  const block = new Uint8Array(blockSize).fill(7, 0, 100);
  writeTrailer(block, blockSize, stringToTag(tag), 1);
  return block;
}

describe('what a file is that is no image', () => {
  it.each<[Uint8Array, string]>([
    [new Uint8Array(0), 'an empty file'],
    [new Uint8Array(4096), 'all zero'],
    [bytesWith(100, 0, '\x1f\x8b\x08'), 'gzip data'],
    [bytesWith(100, 0, 'QFI\xfb'), 'a qcow2 image'],
    [bytesWith(100, 0, 'vhdxfile'), 'a VHDX image'],
    [bytesWith(100, 0, '\x7fELF'), 'an ELF program or library'],
    [bytesWith(1000, 510, '\x55\xaa'), 'a disk with a boot sector (MBR)'],
    [bytesWith(1000, 512, 'EFI PART'), 'a disk with a GPT'],
    [bytesWith(0x9000, 0x8001, 'CD001'), 'an ISO 9660 image'],
    [bytesWith(512, 257, 'ustar'), 'a tar archive'],
    [latin1('{"schema": 1}'), 'JSON or similar text'],
    [latin1('hello\nworld\n'), 'text'],
    [latin1('<!DOCTYPE html><html>'), 'an HTML page'],
    [new TextEncoder().encode('ü'.repeat(1000)).subarray(0, 1023), 'text'],
    [latin1('\x01\x02\xff\xfe\x00rubbish'), 'unknown data'],
    [sealed(4096, 'MTRK'), 'bare blocks of 4096 bytes with tag MTRK (integrity tree or metrics log)'],
    [sealed(512, 'ANON'), 'bare blocks of 512 bytes with tag ANON (anonymization table)'],
    [latin1('DWVD\x02'), 'an image whose superblock is too damaged to tell its block size'],
  ])('%#: %o', (bytes, what) => {
    expect(whatIsIt(bytes).what).toBe(what);
  });

  it('says what to do with region blocks', () => {
    expect(whatIsIt(sealed(512, 'ANON')).hint).toBe('name the region: --as REGION-ID --block-size 512');
  });

  it('does not call a whole file zero of which it saw a part', () => {
    expect(whatIsIt(new Uint8Array(512), 2 ** 30).what).toBe('all zero in its first 512 bytes');
  });
});
