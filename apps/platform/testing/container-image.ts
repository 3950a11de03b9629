import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { kernelLike } from './platform-suite.ts'
import { sha256 } from './publishing-scene.ts'
import { tarOf } from './tar-of.ts'

const oci = (kind: string) => `application/vnd.oci.image.${kind}`

export type ContainerImage = {
  /** Digests of the manifests, in the order of the architectures. */
  readonly digests: readonly string[]
  /** What the kernel in it is. */
  readonly kernel: Buffer
}

/**
 * An OCI image layout in a new folder: an image for each architecture, of two layers, with a kernel and an initramfs
 * where Talos has them or in another folder. The second layer takes a file of the first away.
 */
export function writeContainerImage(
  path: string,
  { marker, architectures = ['amd64'], home = 'usr/install' }: ContainerImageOptions,
): ContainerImage {
  mkdirSync(join(path, 'blobs/sha256'), { recursive: true })
  const put = (mediaType: string, bytes: Buffer) => {
    writeFileSync(join(path, 'blobs/sha256', sha256(bytes)), bytes)
    return { mediaType, digest: `sha256:${sha256(bytes)}`, size: bytes.length }
  }
  const kernel = kernelLike(marker)
  const manifests = architectures.map((architecture) => {
    const below = `${home}/${architecture}`
    const initramfs = `initramfs of ${marker}`
    const layers = [
      tarOf({ [`${below}/vmlinuz`]: 'old', 'gone.squashfs': 'x' }),
      tarOf({ [`${below}/vmlinuz`]: kernel, [`${below}/initramfs.xz`]: initramfs, '.wh.gone.squashfs': '' }),
    ]
    const rootfs = { type: 'layers', diff_ids: layers.map((bytes) => `sha256:${sha256(bytes)}`) }
    const config = json({ architecture, os: 'linux', config: {}, rootfs, history: [] })
    const manifest = {
      schemaVersion: 2,
      mediaType: oci('manifest.v1+json'),
      config: put(oci('config.v1+json'), config),
      layers: layers.map((bytes) => put(oci('layer.v1.tar+gzip'), gzipSync(bytes))),
    }
    return { ...put(manifest.mediaType, json(manifest)), platform: { architecture, os: 'linux' } }
  })
  const index = { schemaVersion: 2, mediaType: oci('index.v1+json'), manifests }
  const top = manifests.length === 1 ? manifests : [put(index.mediaType, json(index))]
  writeFileSync(join(path, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
  writeFileSync(join(path, 'index.json'), json({ schemaVersion: 2, manifests: top }))
  return { digests: manifests.map(({ digest }) => digest), kernel }
}

export type ContainerImageOptions = {
  /** Makes its bytes others than those of the next. */
  readonly marker: string
  readonly architectures?: readonly string[]
  readonly home?: string
}

const json = (value: unknown) => Buffer.from(JSON.stringify(value))
