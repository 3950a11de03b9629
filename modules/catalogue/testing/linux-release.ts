import type { NewRelease, ReleaseFile, Variant } from '../src/release.ts'

type Part = { readonly name: string; readonly digest: string; readonly size: number }

export type LinuxParts = {
  readonly image?: string
  readonly architecture?: Variant['config']['architecture']
  readonly kernel: Part
  readonly initrds?: readonly Part[]
  readonly cmdline?: string
  readonly channel?: string
  readonly createdAt?: number
  readonly createdBy?: string
}

/** A release of a kernel and initrds, each a blob of its own, in the channel `stable`. */
export function linuxRelease(parts: LinuxParts): NewRelease {
  const { image = 'demo', channel = 'stable', createdAt = 0, createdBy = 'admin' } = parts
  const variant = linuxVariant(parts)
  const blobs = new Map(variant.files.map(({ blob, size }) => [blob, { digest: blob, size }]))
  return { image, variants: [variant], blobs: [...blobs.values()], channel, createdAt, createdBy }
}

export function linuxVariant(parts: LinuxParts): Variant {
  const { architecture = 'x86_64', kernel, initrds = [], cmdline = '' } = parts
  const whole = (role: string, part: Part): ReleaseFile => ({ role, ...part, blob: part.digest, offset: 0 })
  const files = [whole('kernel', kernel), ...initrds.map((part, index) => whole(`initrd${index + 1}`, part))]
  const boot = {
    method: 'linux' as const,
    kernel: 'kernel',
    initrds: files.slice(1).map(({ role }) => ({ file: role })),
    cmdline,
  }
  return { config: { schema: 1, architecture, boot, parameters: [], provenance: [] }, files, tree: undefined }
}
