import { checkCommandLine } from '@bootcast/boot'
import { type Release, type ReleaseFile, usualChannel, type Variant } from '@bootcast/catalogue'
import { BlobMissing, type BlobReader, parseDigest } from '@bootcast/content'
import { initrdHeadBytes, initrdRefusal, inspectKernel, kernelHeadBytes } from '@bootcast/image'
import { Stock, type StockSettings } from '../publishing/stock.ts'

export type PublishedFile = { readonly name: string; readonly digest: string }
export type PublishRequest = {
  readonly image: string
  readonly kernel: PublishedFile
  readonly initrds: readonly PublishedFile[]
  readonly cmdline: string
  /** The channel that follows the release; absent: the usual one, `null`: none. */
  readonly channel?: string | null | undefined
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

export type PublisherSettings = StockSettings & {
  readonly now?: () => number
}

/**
 * Makes releases of files that are in the store, with chunk maps, so that sites fetch what is new of them. Nothing is
 * half-published: the release is one transaction.
 */
export function createPublisher({ now = Date.now, ...settings }: PublisherSettings): Publisher {
  const { catalogue, blobs, holds } = settings
  const publish: Publisher = async ({ image, kernel, initrds, cmdline, channel = usualChannel, user }) => {
    const problem = checkCommandLine(cmdline)
    if (problem !== undefined) throw new PublishRefused('invalid_command_line', problem)
    const found = await inspectedKernel(blobs, kernel)
    const files: ReleaseFile[] = []
    for (const initrd of initrds) files.push(await inspectedInitrd(blobs, initrd, files.length + 1))
    const variant = linuxVariant({ ...found, initrds: distinctNames(found.file.name, files), cmdline })
    await using stock = new Stock(settings)
    const used = await usedBlobs(variant, stock, settings)
    const release = await catalogue.addRelease({
      image,
      variants: [variant],
      blobs: used,
      channel: channel ?? undefined,
      createdAt: now(),
      createdBy: user,
    })
    stock.keepAll(used.map(({ digest }) => digest))
    return release
  }
  return (request) =>
    holds.holding(
      [request.kernel, ...request.initrds].map(({ digest }) => digest),
      () => publish(request),
    )
}

type LinuxParts = {
  readonly architecture: Variant['config']['architecture']
  readonly file: ReleaseFile
  readonly initrds: readonly ReleaseFile[]
  readonly cmdline: string
}

function linuxVariant({ architecture, file, initrds, cmdline }: LinuxParts): Variant {
  const boot = {
    method: 'linux' as const,
    kernel: file.role,
    initrds: initrds.map(({ role }) => ({ file: role })),
    cmdline,
  }
  const config = { schema: 1 as const, architecture, boot, parameters: [], provenance: [] }
  return { config, files: [file, ...initrds], tree: undefined }
}

/** Each blob once, and the chunk maps, which are made now. */
async function usedBlobs({ files }: Variant, stock: Stock, { scratch }: StockSettings) {
  for (const blob of new Set(files.map((file) => file.blob))) {
    const digest = parseDigest(blob)
    if (digest !== undefined) await stock.find(digest, scratch)
    stock.use(blob)
  }
  return await stock.used()
}

async function inspectedKernel(
  blobs: BlobReader,
  file: PublishedFile,
): Promise<{ file: ReleaseFile; architecture: Variant['config']['architecture'] }> {
  const { head, size } = await headOf(blobs, file, kernelHeadBytes)
  const verdict = inspectKernel(head)
  if ('refused' in verdict) throw new PublishRefused('not_a_kernel', `${file.name}: ${verdict.refused}`)
  return { file: wholeBlob('kernel', file, size), architecture: verdict.architecture }
}

async function inspectedInitrd(blobs: BlobReader, file: PublishedFile, n: number): Promise<ReleaseFile> {
  const { head, size } = await headOf(blobs, file, initrdHeadBytes)
  const refusal = initrdRefusal(head)
  if (refusal !== undefined) throw new PublishRefused('not_an_initrd', `${file.name}: ${refusal}`)
  return wholeBlob(`initrd${n}`, file, size)
}

const wholeBlob = (role: string, { name, digest }: PublishedFile, size: number): ReleaseFile => ({
  role,
  name,
  digest,
  size,
  blob: digest,
  offset: 0,
})

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
