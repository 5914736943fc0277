import { configOfLevels, type ModuleConfig } from './module-config.ts';

/** What an image is made for: its modules and their levels. The image stores these, not the profile. */
export interface Profile {
  readonly blockSize: number;
  /** Bit i stands for module i (page 04, 3.1). */
  readonly manifest: number;
  readonly config: ModuleConfig;
}

type Levels = Readonly<Record<number, number>>;

const profile = (manifest: number, levels: Levels, blockSize = 4096): Profile => ({
  blockSize,
  manifest,
  config: configOfLevels(Object.entries(levels).map(([id, level]) => [Number(id), level])),
});

const allAtFifteen: Levels = /* @__PURE__ */ Object.fromEntries(
  /* @__PURE__ */ Array.from({ length: 19 }, (_, id) => [id, 15]),
);

/** The six profiles of creators (page 04, 3.4). `edge-iot` has a block size that no container can have yet: give another. */
export const profiles = /* @__PURE__ */ Object.freeze({
  minimal: /* @__PURE__ */ profile(0, {}),
  standard: /* @__PURE__ */ profile(0x1c01, { 0: 2, 10: 2, 11: 2, 12: 1 }),
  enterprise: /* @__PURE__ */ profile(0x4_0c0f, { 0: 3, 1: 3, 2: 2, 3: 3, 10: 2, 11: 2, 18: 1 }),
  'max-security': /* @__PURE__ */ profile(0x7_ffff, allAtFifteen),
  'edge-iot': /* @__PURE__ */ profile(0x840, { 6: 1, 11: 1 }, 512),
  analytics: /* @__PURE__ */ profile(0x3404, { 2: 2, 10: 3, 12: 1, 13: 2 }, 65536),
}) satisfies Readonly<Record<string, Profile>>;

/** A profile by name. */
export type ProfileName = keyof typeof profiles;
