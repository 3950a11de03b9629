export { type ByteSource, bufferSource, fileSource, OutsideOfSource } from './byte-source.ts'
export {
  architectures,
  type BootConfig,
  bootSchema,
  cpuLevels,
  type NetbootConfig,
  netbootConfigSchema,
} from './netboot-config.ts'
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
