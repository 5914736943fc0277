import type { ContainerCopy, IdentityValue, SalvagedRegion, SalvageModel } from '../salvage/model.ts';
import type { RebuiltImage } from '../salvage/rebuild.ts';
import { type JsonValue, jsonValue } from '../values.ts';
import { findingJson } from './check.ts';
import { type Envelope, envelope, type JsonObject, type Tool } from './envelope.ts';

/** `salvage/1`: what was found of an image, and what was built of it; `rebuilt` is `null` where only a report was asked for. */
export function salvageJson(model: SalvageModel, rebuilt: RebuiltImage | undefined, tool: Tool): Envelope {
  const { source, size, base, blocks, blockSize, copies, identity, regions, findings, lost, verdict } = model;
  return envelope('salvage', tool, {
    image: {
      source,
      size: String(size),
      base: String(base),
      blockSize: blockSize.blockSize,
      blocks: String(blocks),
    },
    blockSize: {
      value: blockSize.blockSize,
      by: 'trailers',
      sampled: String(blockSize.sampled),
      votes: blockSize.votes.map((vote) => ({ ...vote })),
    },
    copies: copies.map(copyJson),
    identity: identity.map(identityJson),
    regions: regions.map(regionJson),
    verdict,
    lost,
    findings: findings.map(findingJson),
    rebuilt: rebuilt === undefined ? null : rebuiltJson(rebuilt),
  });
}

function copyJson({ structure, block, state, used }: ContainerCopy): JsonObject {
  return { structure, block: String(block), state, used };
}

function identityJson({ field, value, from }: IdentityValue): JsonObject {
  return { field, value: identityValue(value), from };
}

function identityValue(value: IdentityValue['value']): JsonValue {
  return typeof value === 'bigint' ? jsonValue({ kind: 'ticks', value }) : value;
}

function regionJson(region: SalvagedRegion): JsonObject {
  const { type, id, startBlock, blockCount, writtenBlocks, damagedBlocks } = region;
  const { generation, confidence, why, listed } = region;
  return {
    type,
    id,
    startBlock: String(startBlock),
    blockCount: String(blockCount),
    writtenBlocks: String(writtenBlocks),
    damagedBlocks: String(damagedBlocks),
    generation,
    confidence,
    why,
    listed,
  };
}

function rebuiltJson({ size, volumeUuid, regions, bitmapBlocks }: RebuiltImage): JsonObject {
  return { size: String(size), volumeUuid, regions, bitmapBlocks };
}
