export { type NewFileOptions, writeNewFile } from './file-device.ts';
export { type FileSource, openFileSource } from './file-source.ts';
