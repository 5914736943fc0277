export { type FileDevice, type NewFileOptions, openFileDevice, writeNewFile } from './file-device.ts';
export { type FileSource, openFileSource } from './file-source.ts';
