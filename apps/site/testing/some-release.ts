import type { ReleaseBlob, WholeRelease } from '@bootcast/catalogue'
import { linuxRelease } from '@bootcast/catalogue/testing/linux-release'

export const someDigest = (n: number): string => `sha256:${n.toString(16).padStart(64, '0')}`

/** A release as a site is told it: a kernel of `first`, an initrd of the number after it, each of 1,000 bytes. */
export function someRelease(
  image: string,
  number: number,
  first = number * 10,
  more: readonly ReleaseBlob[] = [],
): WholeRelease {
  const part = (name: string, n: number) => ({ name, digest: someDigest(n), size: 1000 })
  const {
    channel: _,
    blobs,
    ...release
  } = linuxRelease({
    ...{ image, cmdline: 'quiet', kernel: part('vmlinuz', first) },
    initrds: [part('initrd.img', first + 1)],
  })
  return { ...release, number, blobs: [...blobs, ...more] }
}
