import { execFile } from 'node:child_process'
import {
  copyFile,
  cp,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { DebianFiles } from './debian-files.ts'

/*
 * Builds the deploy environment, which writes disk images to machines, of Debian packages: a kernel with the drivers
 * of disks and network cards, busybox, and what grows partitions. No privilege is needed.
 *
 *     npm run deployer [FOLDER]
 */
const root = join(import.meta.dirname, '..', '..')
const here = import.meta.dirname

/** Below lib/modules/VERSION/kernel. What is missing in a kernel is none of its modules. */
const modules = [
  'drivers/ata',
  'drivers/block',
  'drivers/hv',
  'drivers/message/fusion',
  'drivers/mmc',
  'drivers/net/ethernet',
  'drivers/net/hyperv',
  'drivers/net/mdio',
  'drivers/net/pcs',
  'drivers/net/phy',
  'drivers/net/virtio_net.ko',
  'drivers/net/net_failover.ko',
  'drivers/net/vmxnet3',
  'drivers/nvme',
  'drivers/pci',
  'drivers/ptp',
  'drivers/scsi',
  'drivers/usb/common',
  'drivers/usb/core',
  'drivers/usb/host',
  'drivers/usb/storage',
  'drivers/virtio',
  'arch',
  'crypto',
  'fs',
  'lib',
  'net/core',
  'net/802',
]
/** Programs and their libraries, by package. */
const programs: Readonly<Record<string, readonly string[]>> = {
  fdisk: ['./sbin/sfdisk'],
  'util-linux': ['./sbin/blkdiscard'],
  e2fsprogs: ['./sbin/e2fsck', './sbin/resize2fs'],
  libfdisk1: ['*/x86_64-linux-gnu/*'],
  libblkid1: ['*/x86_64-linux-gnu/*'],
  libuuid1: ['*/x86_64-linux-gnu/*'],
  libsmartcols1: ['*/x86_64-linux-gnu/*'],
  libreadline8: ['*/x86_64-linux-gnu/*'],
  libtinfo6: ['*/x86_64-linux-gnu/*'],
  libext2fs2: ['*/x86_64-linux-gnu/*'],
  'libcom-err2': ['*/x86_64-linux-gnu/*'],
  libc6: ['*/x86_64-linux-gnu/*', './lib64/*'],
}

async function build(target: string): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'bootcast-deployer-'))
  try {
    const debian = new DebianFiles('amd64')
    const kernelName = () => debian.dependency('linux-image-amd64', /^linux-image-\d/)
    const kernel = await debian.unpacked('deployer-kernel', kernelName, [
      './boot/vmlinuz-*',
      './lib/modules/*',
    ])
    const busybox = await debian.unpacked('busybox', async () => 'busybox-static', ['./bin/busybox'])
    const tree = join(work, 'tree')
    await mkdir(join(tree, 'bin'), { recursive: true })
    await copyFile(join(busybox, 'bin/busybox'), join(tree, 'bin/busybox'))
    for (const [name, keep] of Object.entries(programs))
      await addProgram(tree, await debian.unpacked(`deployer-${name}`, async () => name, keep))
    const kmod = await debian.unpacked('deployer-kmod', async () => 'kmod', ['./bin/kmod'])
    await addModules(tree, kernel, join(kmod, 'bin/kmod'))
    await addScripts(tree)
    await mkdir(target, { recursive: true })
    const [image = ''] = await readdir(join(kernel, 'boot'))
    await put(join(target, 'vmlinuz'), await readFile(join(kernel, 'boot', image)))
    await put(
      join(target, 'initrd.img'),
      await promisify(gzip)(Buffer.concat(await cpio(tree)), { level: 6 }),
    )
    process.stdout.write(`The deploy environment is in ${target}.\n`)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** It appears whole: a platform may be running. */
async function put(path: string, bytes: Uint8Array): Promise<void> {
  await writeFile(`${path}.new`, bytes)
  await rename(`${path}.new`, path)
}

async function addProgram(tree: string, unpacked: string): Promise<void> {
  for (const folder of ['sbin', 'lib', 'lib64', 'usr/lib'])
    await cp(join(unpacked, folder), join(tree, folder.replace('usr/', '')), {
      recursive: true,
      verbatimSymlinks: true,
      force: true,
      // of the C library, what programs load; its libnss would end busybox, which is linked with another.
      filter: (path) => !/\/(gconv|audit|pkgconfig|terminfo|debug)(\/|$)|\/libnss/.test(path),
    }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
    })
}

async function addModules(tree: string, kernel: string, kmod: string): Promise<void> {
  const [version = ''] = await readdir(join(kernel, 'lib/modules'))
  const [from, to] = [join(kernel, 'lib/modules', version), join(tree, 'lib/modules', version)]
  for (const name of modules)
    await cp(join(from, 'kernel', name), join(to, 'kernel', name), { recursive: true }).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error
      },
    )
  for (const name of ['modules.order', 'modules.builtin', 'modules.builtin.modinfo'])
    await copyFile(join(from, name), join(to, name))
  // kmod goes by the name that it is called by.
  const depmod = join(tree, '..', 'depmod')
  await symlink(kmod, depmod)
  await promisify(execFile)(depmod, ['-b', tree, version])
}

async function addScripts(tree: string): Promise<void> {
  for (const name of ['etc', 'dev', 'proc', 'sys', 'tmp']) await mkdir(join(tree, name), { recursive: true })
  await copyFile(join(here, 'init.sh'), join(tree, 'init'))
  await copyFile(join(here, 'deploy.sh'), join(tree, 'bin/deploy.sh'))
  await copyFile(join(here, 'udhcpc.sh'), join(tree, 'etc/udhcpc.sh'))
}

/** cpio "newc" of a folder (Linux Documentation/driver-api/early-userspace/buffer-format.rst). */
async function cpio(tree: string): Promise<readonly Uint8Array[]> {
  const parts: Uint8Array[] = []
  let inode = 1
  const add = (name: string, mode: number, bytes: Uint8Array, device = [0, 0]) => {
    const fields = [inode++, mode, 0, 0, 1, 0, bytes.length, 0, 0, ...device, name.length + 1, 0]
    const head = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}${name}\0`
    parts.push(padded(Buffer.from(head)), padded(bytes))
  }
  const walk = async (prefix: string): Promise<void> => {
    for (const name of (await readdir(join(tree, prefix))).sort()) {
      const path = prefix + name
      const stat = await lstat(join(tree, path))
      if (stat.isSymbolicLink()) add(path, 0o120777, Buffer.from(await readlink(join(tree, path))))
      else if (stat.isDirectory()) {
        add(path, 0o040755, Buffer.alloc(0))
        await walk(`${path}/`)
      } else add(path, isProgram(path) ? 0o100755 : 0o100644, await readFile(join(tree, path)))
    }
  }
  await walk('')
  add('dev/console', 0o020600, Buffer.alloc(0), [5, 1])
  add('TRAILER!!!', 0, Buffer.alloc(0))
  return parts
}

const isProgram = (path: string) => /^(init$|bin\/|sbin\/|etc\/udhcpc\.sh$|lib(64)?\/)/.test(path)
const padded = (bytes: Uint8Array) => Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)])

await build(process.argv[2] ?? join(root, 'deployer'))
