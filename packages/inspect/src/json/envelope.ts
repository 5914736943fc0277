import type { ByteRange, ImageFacts } from '../model.ts';
import type { JsonTree } from './text.ts';

/** The program that wrote an envelope. */
export interface Tool {
  readonly name: string;
  readonly version: string;
}

/** One JSON document of a command. Rows of tables are made while they are written. */
export type Envelope = { readonly schema: string; readonly tool: JsonTree } & { readonly [key: string]: JsonTree };

/** An object that is being put together. */
export type JsonObject = { [key: string]: JsonTree };

/** A document of a schema of this program, version 1. */
export function envelope(schema: string, tool: Tool, content: JsonObject): Envelope {
  return { schema: `vde/${schema}/1`, tool: { name: tool.name, version: tool.version }, ...content };
}

/** The facts of an image as every envelope states them. */
export function imageJson(facts: ImageFacts | null): JsonTree {
  if (facts === null) return null;
  const { source, size, blockSize, blocks, volumeUuid, copyUsed } = facts;
  return { source, size: String(size), blockSize, blocks: String(blocks), volumeUuid, copyUsed };
}

/** A span of bytes. */
export function rangeJson({ offset, length }: ByteRange): JsonTree {
  return { offset: String(offset), length: String(length) };
}
