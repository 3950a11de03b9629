import { type Architecture, checkCommandLine } from '@bootcast/boot'
import { BlobMissing, type BlobReader, parseDigest } from '@bootcast/content'
import { initrdHeadBytes, initrdRefusal } from '../intake/initrd.ts'
import { inspectKernel, kernelHeadBytes } from '../intake/kernel.ts'
import type { CatalogueStore } from './catalogue-store.ts'
import type { Release, ReleaseFile } from './release.ts'

export type PublishedFile = { readonly name: string; readonly digest: string }
export type PublishRequest = {
  readonly image: string
  readonly kernel: PublishedFile
  readonly initrds: readonly PublishedFile[]
  readonly cmdline: string
  /** Who publishes. */
  readonly user: string
}

/** Why a release was not made. `code` is one of the contract's. */
export class PublishRefused extends Error {
  override readonly name = 'PublishRefused'
  readonly code: 'not_a_kernel' | 'not_an_initrd' | 'invalid_command_line' | 'blob_not_uploaded'

  constructor(code: PublishRefused['code'], message: string) {
    super(message)
    this.code = code
  }
}

export type Publisher = (request: PublishRequest) => Promise<Release>

/** Makes releases of files that are in the store. Nothing is half-published: the release is one transaction. */
export function createPublisher(
  catalogue: CatalogueStore,
  blobs: BlobReader,
  now: () => number = Date.now,
): Publisher {
  return async ({ image, kernel, initrds, cmdline, user }) => {
    const problem = checkCommandLine(cmdline)
    if (problem !== undefined) throw new PublishRefused('invalid_command_line', problem)
    const found = await inspectedKernel(blobs, kernel)
    const files: ReleaseFile[] = []
    for (const initrd of initrds) files.push(await inspectedInitrd(blobs, initrd))
    return await catalogue.addRelease({
      image,
      architecture: found.architecture,
      kernel: found.file,
      initrds: distinctNames(found.file.name, files),
      cmdline,
      createdAt: now(),
      createdBy: user,
    })
  }
}

async function inspectedKernel(
  blobs: BlobReader,
  file: PublishedFile,
): Promise<{ file: ReleaseFile; architecture: Architecture }> {
  const { head, size } = await headOf(blobs, file, kernelHeadBytes)
  const verdict = inspectKernel(head)
  if ('refused' in verdict) throw new PublishRefused('not_a_kernel', `${file.name}: ${verdict.refused}`)
  return { file: { ...file, size }, architecture: verdict.architecture }
}

async function inspectedInitrd(blobs: BlobReader, file: PublishedFile): Promise<ReleaseFile> {
  const { head, size } = await headOf(blobs, file, initrdHeadBytes)
  const refusal = initrdRefusal(head)
  if (refusal !== undefined) throw new PublishRefused('not_an_initrd', `${file.name}: ${refusal}`)
  return { ...file, size }
}

async function headOf(
  blobs: BlobReader,
  file: PublishedFile,
  bytes: number,
): Promise<{ head: Buffer; size: number }> {
  const digest = parseDigest(file.digest)
  try {
    if (digest === undefined) throw new BlobMissing('sha256:')
    const { size } = await blobs.find(digest)
    if (size === 0) return { head: Buffer.alloc(0), size }
    const parts: Uint8Array[] = []
    for await (const part of await blobs.read(digest, { first: 0, last: Math.min(size, bytes) - 1 }))
      parts.push(part)
    return { head: Buffer.concat(parts), size }
  } catch (error) {
    if (!(error instanceof BlobMissing)) throw error
    throw new PublishRefused(
      'blob_not_uploaded',
      `${file.name} (${file.digest}) has not been uploaded. Upload it and publish again.`,
    )
  }
}

/** UEFI tells initrds apart by name: two of the same name become `initrd.img` and `2-initrd.img`. */
function distinctNames(kernel: string, files: readonly ReleaseFile[]): ReleaseFile[] {
  const taken = new Set([kernel])
  return files.map((file) => {
    let name = file.name
    for (let n = 2; taken.has(name); n++) name = `${n}-${file.name}`
    taken.add(name)
    return { ...file, name }
  })
}
