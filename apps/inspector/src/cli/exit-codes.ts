/** What the program's exit codes mean; one of them each time, never a sum. */
export const exitCodes = {
  0: 'done: clean, same, found',
  1: 'done, negative answer: nothing found, or --fail-on reached by warnings',
  2: 'damaged, all of it repairable or readable from a good copy',
  3: 'damaged, something is lost',
  4: 'nothing damaged, but something required could not be verified',
  64: 'usage',
  65: 'not a DWVD image, or a version from the future',
  66: 'input missing or unreadable',
  70: 'a bug of this program',
  73: 'cannot create output',
  74: 'I/O error part way',
  75: 'the image is in use',
  77: 'refused',
  130: 'interrupted',
} as const;

export type ExitCode = keyof typeof exitCodes;

/** Exit codes of errors by their code. Others are about the data: something in the image cannot be read, 3. */
export const exitOfCode: Readonly<Record<string, ExitCode>> = {
  unknownName: 1,
  usage: 64,
  badAddress: 64,
  badFilter: 64,
  addressNotFound: 64,
  nothingToDamage: 64,
  dataTooLarge: 64,
  overLimit: 64,
  regionNotFound: 64,
  notDwvd: 65,
  legacyImage: 65,
  badPreamble: 65,
  unsupportedVersion: 65,
  unknownIncompatibleFeatures: 65,
  unsupportedBlockSize: 65,
  notFound: 66,
  notAFile: 66,
  permissionDenied: 66,
  rangesUnsupported: 66,
  badRange: 66,
  outputNotCreated: 73,
  readFailed: 74,
  outputFailed: 74,
  writeFailed: 74,
  imageChanged: 74,
  outcomeUnknown: 74,
  reopenNeeded: 74,
  imageInUse: 75,
  refused: 77,
  capacityExceeded: 77,
  directoryFull: 77,
  duplicateKey: 77,
  liveBlock: 77,
  lossNotAccepted: 77,
  noSpace: 77,
  notWritable: 77,
  retentionShortened: 77,
  ringFull: 77,
  wormViolation: 77,
  badUndo: 77,
  undoMismatch: 77,
  badCheckState: 77,
  otherCheckState: 77,
};

/** The exit code of an error with this code. */
export function exitCodeOfError(code: string): ExitCode {
  return (Object.hasOwn(exitOfCode, code) && exitOfCode[code]) || 3;
}

const worstFirst: readonly number[] = [3, 2, 4, 1, 0];

/** The exit code of a command over several images: any of 64 and above wins, then 3 > 2 > 4 > 1 > 0. */
export function worstExitCode(codes: readonly number[]): number {
  const failed = codes.filter((code) => code >= 64);
  if (failed.length > 0) return Math.max(...failed);
  return worstFirst.find((code) => codes.includes(code)) ?? 0;
}
