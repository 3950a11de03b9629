import { createHash } from 'node:crypto'
import { globSync } from 'node:fs'
import { cp, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { DebianFiles, debianArchive, labCache } from '../../../tools/deployer/debian-files.ts'
import { scratchDirectory } from './lab-run.ts'
import { run } from './processes.ts'
import type { TinyLinux } from './tiny-linux.ts'

/** The release that is installed. */
export const suite = 'trixie'
/** Where the installer finds its own packages in the lab: the suite `lab`, which is not signed. */
export const ownSuite = 'lab'

const folder = join(labCache, 'installer-archive')
const images = 'usr/lib/debian-installer/images/*/amd64/text/debian-installer/amd64'
/** Below kernel/: what an installation onto a virtio disk needs beyond the modules of the installer's initrd. */
const modules = ['drivers/block/virtio_blk.ko.xz', 'fs/ext4', 'fs/jbd2', 'fs/mbcache.ko.xz', 'lib', 'crypto']
const programs: Readonly<Record<string, readonly string[]>> = {
  e2fsprogs: ['./usr/sbin/*', './etc/mke2fs.conf'],
  libext2fs2t64: ['./usr/lib/*'],
  'libcom-err2': ['./usr/lib/*'],
  libss2: ['./usr/lib/*'],
}
const provided = ['ext3', 'ext4', 'btrfs', 'xfs', 'jfs', 'md', 'loop', 'ata'].map((name) => `${name}-modules`)
/** What no installation in the lab needs: other disks, file systems, boot loaders, networks and people. */
const dropped =
  /^(?:partman-(?:iscsi|jfs|xfs|btrfs|auto-raid|auto-lvm|auto-crypto|crypto|md|lvm|cros|efi)|nano-udeb|wpasupplicant-udeb|rescue-check|depthcharge-tools-installer|kickseed-common|systemd-boot-installer|nobootloader)$/
/** Parts for other file systems, which others depend on. */
const empty = ['ntfs-3g-udeb', 'libmount1-udeb', 'xfsprogs-udeb']

export type InstallerArchive = {
  readonly installer: TinyLinux
  /** Path below /debian → file. */
  readonly files: ReadonlyMap<string, string>
}

/**
 * The Debian installer for networks, and the index of the packages that it loads. A mirror need not have all of those
 * (they go between two point releases, and some mirrors leave them out), so those of kernel and file system are made here
 * of the ordinary packages; all others come from the mirror.
 */
export async function installerArchive(): Promise<InstallerArchive> {
  const debian = new DebianFiles('amd64', suite)
  const netboot = () => debian.named(/^debian-installer-\d+-netboot-amd64$/)
  const tree = await debian.unpacked('installer', netboot, [`./${images}/linux`, `./${images}/initrd.gz`])
  const [kernel = ''] = globSync(join(tree, images, 'linux'))
  const [initrd = ''] = globSync(join(tree, images, 'initrd.gz'))
  const version = await kernelVersion(kernel)
  const pool = join(folder, version)
  if (
    !(await stat(pool).then(
      () => true,
      () => false,
    ))
  )
    await build(debian, version, pool)
  const files = new Map<string, string>()
  for (const name of await udebsIn(pool)) files.set(`pool/lab/${name}`, join(pool, name))
  // Anew each time: the mirror's own packages change.
  const indexes = await index(pool, scratchDirectory())
  for (const name of ['Release', 'main/debian-installer/binary-amd64/Packages'])
    files.set(`dists/${ownSuite}/${name}`, join(indexes, basename(name)))
  return { installer: { kernel, initrd }, files }
}

const udebsIn = async (folder: string) => (await readdir(folder)).filter((name) => name.endsWith('.udeb'))

/** As its header says (Linux Documentation/arch/x86/boot.rst, kernel_version). */
async function kernelVersion(path: string): Promise<string> {
  const file = await open(path, 'r')
  const { buffer } = await file.read(Buffer.alloc(65_536), 0).finally(() => file.close())
  const at = buffer.readUInt16LE(0x20e) + 0x200
  return /^[\w.+-]+/.exec(buffer.toString('latin1', at, at + 128))?.[0] ?? ''
}

async function build(debian: DebianFiles, version: string, pool: string): Promise<void> {
  const work = `${pool}.${process.pid}`
  await rm(work, { recursive: true, force: true })
  await mkdir(work, { recursive: true })
  const kernel = await debian.unpacked('kernel', async () => `linux-image-${version}`, [
    './usr/lib/modules/*',
  ])
  const moduleTree = join(work, 'tree')
  for (const name of modules)
    await cp(
      join(kernel, 'usr/lib/modules', version, 'kernel', name),
      join(moduleTree, 'usr/lib/modules', version, 'kernel', name),
      { recursive: true },
    )
  await udeb(work, moduleTree, `lab-modules-${version}-di`, {
    fields: [`Provides: ${provided.join(', ')}`, 'Priority: standard', `Kernel-Version: ${version}`],
    postinst: `#!/bin/sh\ndepmod -a ${version}\n`,
  })
  const fileSystem = join(work, 'tree')
  for (const [name, keep] of Object.entries(programs)) {
    const place = await debian.unpacked(`installer-${name}`, async () => name, keep)
    await cp(place, fileSystem, { recursive: true, verbatimSymlinks: true, force: true })
  }
  await udeb(work, fileSystem, 'e2fsprogs-udeb', { fields: ['Priority: optional'] })
  for (const name of empty) {
    await mkdir(join(work, 'tree'))
    await udeb(work, join(work, 'tree'), name, { fields: ['Priority: optional'] })
  }
  await rename(work, pool)
}

type Udeb = { readonly fields: readonly string[]; readonly postinst?: string }

/** Makes a package of a tree, which is used up. */
async function udeb(into: string, tree: string, name: string, { fields, postinst }: Udeb): Promise<void> {
  const control = join(tree, 'DEBIAN')
  await mkdir(control, { recursive: true })
  const head = [`Package: ${name}`, 'Version: 1:1', 'Architecture: amd64', 'Section: debian-installer']
  const rest = ['Maintainer: the boot lab <lab@example.org>', 'Description: made in the boot lab']
  await writeFile(join(control, 'control'), `${[...head, ...fields, ...rest].join('\n')}\n`)
  if (postinst !== undefined) await writeFile(join(control, 'postinst'), postinst, { mode: 0o755 })
  await run('dpkg-deb', ['--root-owner-group', '--build', '-Zxz', tree, join(into, `${name}.udeb`)])
  await rm(tree, { recursive: true })
}

/** The mirror's index with our packages in place of the mirror's, and without those of other kernels. */
async function index(pool: string, into: string): Promise<string> {
  const compressed = join(into, 'Packages.xz')
  const place = `dists/${suite}/main/debian-installer/binary-amd64/Packages.xz`
  const fetched = [
    '-o',
    'APT::Sandbox::User=root',
    'download-file',
    (await debianArchive()) + place,
    compressed,
  ]
  await run('/usr/lib/apt/apt-helper', fetched)
  const theirs = (await run('xz', ['-dc', compressed])).split('\n\n')
  const ours: string[] = []
  for (const name of await udebsIn(pool)) {
    const bytes = await readFile(join(pool, name))
    const control = (await run('dpkg-deb', ['-f', join(pool, name)])).trim()
    const digests = [
      `Size: ${bytes.length}`,
      `MD5sum: ${digest('md5', bytes)}`,
      `SHA256: ${digest('sha256', bytes)}`,
    ]
    ours.push([control, `Filename: pool/lab/${name}`, ...digests].join('\n'))
  }
  const names = new Set(ours.map((entry) => /^Package: (.*)$/m.exec(entry)?.[1]))
  const kept = theirs.filter((entry) => {
    const name = /^Package: (.*)$/m.exec(entry)?.[1] ?? ''
    return !/^Kernel-Version: /m.test(entry) && !names.has(name) && !dropped.test(name)
  })
  const packages = `${[...kept.map((entry) => entry.trim()).filter(Boolean), ...ours].join('\n\n')}\n`
  await writeFile(join(into, 'Packages'), packages)
  const line = ` ${digest('sha256', packages)} ${Buffer.byteLength(packages)} main/debian-installer/binary-amd64/Packages`
  const release = ['Origin: the boot lab', `Suite: ${ownSuite}`, `Codename: ${ownSuite}`, 'Components: main']
  await writeFile(join(into, 'Release'), `${[...release, 'SHA256:', line].join('\n')}\n`)
  return into
}

const digest = (algorithm: string, bytes: string | Uint8Array) =>
  createHash(algorithm).update(bytes).digest('hex')
