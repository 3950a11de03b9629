import type { BootFile, ServedFile } from '@bootcast/boot'

/** The deploy environment, which writes disk images to machines. */
export type Deployer = {
  readonly kernel: BootFile
  readonly initrd: BootFile
  /** Digest → the file. */
  readonly files: ReadonlyMap<string, ServedFile>
}
