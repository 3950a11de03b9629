export {
  type Bundle,
  type BundleBlob,
  type BundleRelease,
  type BundleVariant,
  digestOf,
  makeBundle,
} from './bundle/bundle.ts'
export { blobPath, type Descriptor, mediaTypes } from './bundle/documents.ts'
export { blobAt, type ReadBundle, readBundle, verifyBlobs } from './bundle/read-bundle.ts'
export { bundleIn, bundleTar, signatureFor } from './bundle/sign-bundle.ts'
export {
  emptyDocument,
  newKeyPair,
  type PublicKey,
  readPublicKey,
  signatureManifest,
  signerOf,
  signStatement,
} from './bundle/signature.ts'
export { type ByteSource, bufferSource, fileSource, OutsideOfSource, streamOf } from './byte-source.ts'
export {
  type DiskMap,
  type DiskSegment,
  diskMap,
  diskSegmentSize,
  diskSizeLimit,
  parseDiskMap,
} from './disk-map.ts'
export { initrdHeadBytes, initrdRefusal } from './inspect/initrd.ts'
export { inspectKernel, kernelHeadBytes, peArchitecture } from './inspect/kernel.ts'
export {
  type Architecture,
  architectures,
  type BootConfig,
  bootSchema,
  cpuLevels,
  type NetbootConfig,
  netbootConfigSchema,
} from './netboot-config.ts'
export { type Input, openInput, type Workshop } from './open-input.ts'
export { readDirectory } from './readers/directory.ts'
export { type DiskFormat, diskFormatOf, type VirtualDiskFormat } from './readers/disk.ts'
export { readIso } from './readers/iso.ts'
export { readTar } from './readers/tar.ts'
export type { DraftFile, DraftVariant } from './recipes/draft.ts'
export { foreseenFiles } from './recipes/foreseen-files.ts'
export { loadRecipes, ownRecipes } from './recipes/load-recipes.ts'
export { nameFits } from './recipes/paths.ts'
export type { Recipe } from './recipes/recipe.ts'
export { NotRecognised, type Recognised, recognise } from './recipes/recognise.ts'
export {
  type AddressCheck,
  type Answer,
  bytesOf,
  documentOf,
  exchange,
  HostFailed,
  type HttpRequest,
} from './registry/exchange.ts'
export { openPull, type Pull } from './registry/open-pull.ts'
export { type OnBytes, pushBundle } from './registry/push-bundle.ts'
export { RegistryClient, type RegistryOptions } from './registry/registry-client.ts'
export {
  parseRegistryReference,
  RegistryCorrupt,
  type RegistryReference,
  RegistryRefused,
} from './registry/registry-reference.ts'
export { type TarEntry, tarEnd, tarHeader, tarPadding } from './tar-writer.ts'
export {
  type Extent,
  findFile,
  piecesOf,
  readStart,
  safePath,
  type Tree,
  type TreeFile,
  treeLimits,
  Unreadable,
} from './tree.ts'
export { type TreeTable, treeTableOf, treeTableSchema } from './tree-table.ts'
export { compressionOf, decompress, type UnpackLimits } from './unpack.ts'
