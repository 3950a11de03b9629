import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import { packSoftware } from '@bootcast/uplink'
import { SoftwareVersions } from '../src/software/software-versions.ts'

export const digestOf = (bytes: Uint8Array | string): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`

/** A data folder, for as long as the test takes; `pack` makes software that a platform may offer. */
export async function softwareScene(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'bootcast-software-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const data = join(folder, 'data')
  const versions = new SoftwareVersions(data)
  const write = async (path: string, text: string) => {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
    return path
  }
  return {
    folder,
    versions,
    write,
    /** A whole software whose program is this text. */
    async pack(version: string, program: string) {
      const root = join(folder, `root-${version}`)
      const manifest = JSON.stringify({ version, dependencies: { '@bootcast/boot': '*' } })
      await write(join(root, 'apps/site/package.json'), manifest)
      await write(join(root, 'apps/site/src/main.ts'), program)
      await write(join(root, 'modules/boot/package.json'), '{}')
      const { digest, bytes } = await packSoftware(root)
      return { bytes, offered: { version, digest, size: bytes.length } }
    },
    /** As if it had been brought: its program, and nothing else. */
    async place(version: string, program: string) {
      const digest = digestOf(version)
      await write(versions.programOf(digest), program)
      await versions.prefer({ digest, version })
      return digest
    },
  }
}
