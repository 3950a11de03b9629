export { type ByteSource, bufferSource, fileSource, OutsideOfSource } from './byte-source.ts'
export {
  type DiskMap,
  type DiskSegment,
  diskMap,
  diskSegmentSize,
  diskSizeLimit,
  parseDiskMap,
} from './disk-map.ts'
export {
  architectures,
  type BootConfig,
  bootSchema,
  cpuLevels,
  type NetbootConfig,
  netbootConfigSchema,
} from './netboot-config.ts'
export { readTar } from './readers/tar.ts'
export {
  type Extent,
  findFile,
  readStart,
  safePath,
  type Tree,
  type TreeFile,
  treeLimits,
  Unreadable,
} from './tree.ts'
