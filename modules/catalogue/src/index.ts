export { type BlobOfImage, basesHere, comparable, type MappedBlob } from './blob-bases.ts'
export { CatalogueBootSource, type CatalogueBootSourceSettings } from './catalogue-boot-source.ts'
export { type Decided, Decisions, type DecisionsSettings, type Question, sentenceOf } from './decisions.ts'
export type { Deployer } from './deployer.ts'
export { anyVariant, type Fitted, fittingVariant } from './fitting-variant.ts'
export { type ImageReference, parseImageReference } from './image-reference.ts'
export { type Machine, type MachineChange, MachineNotFound, strangerMachine } from './machine.ts'
export { menuOf } from './menu-of.ts'
export { type MenuSettings, usualMenu } from './menu-settings.ts'
export { OpeningIndex } from './opening-index.ts'
export { planOf } from './plan-of.ts'
export type {
  BlobFile,
  BlobFiles,
  BootAudit,
  Catalogue,
  ListedImage,
  Machines,
  Openings,
  PhoneNotes,
  Preparation,
  Settings,
} from './ports.ts'
export { type InstallQuestion, openNames, type Readiness } from './readiness.ts'
export {
  type BootTest,
  type BootTestSummary,
  type Channel,
  ChannelNotFound,
  type FileLocation,
  type Followers,
  type Image,
  ImageInUse,
  ImageNotFound,
  type NewRelease,
  NothingBefore,
  type Release,
  type ReleaseBlob,
  type ReleaseFile,
  ReleaseInUse,
  type ReleaseName,
  ReleaseNotFound,
  type Signer,
  usualChannel,
  type Variant,
  type WholeRelease,
} from './release.ts'
export { type Cost, type UpdateCost, updateCost } from './update-cost.ts'
export { wholeReleaseSchema } from './whole-release.ts'
