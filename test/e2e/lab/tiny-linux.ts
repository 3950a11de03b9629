import { globSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { type DebianArchitecture, DebianFiles } from '../../../tools/deployer/debian-files.ts'
import { scratchDirectory } from './lab-run.ts'

export type TinyLinux = { readonly kernel: string; readonly initrd: string }

/** What the tiny Linux prints on the console that its command line names. */
export const bootedMarker = 'BOOTCAST-BOOTED'

// Power off only after the serial port has sent everything.
const init = `#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
echo "${bootedMarker} $(/bin/busybox cat /proc/cmdline)"
/bin/busybox sleep 1
/bin/busybox poweroff -f
`

const built = new Map<DebianArchitecture, Promise<TinyLinux>>()

/**
 * A Debian kernel (the cloud flavour starts fastest under emulation) and an initrd of one program, which prints
 * the marker with the kernel's command line and powers the machine off. Built without any privilege.
 */
export function tinyLinux(architecture: DebianArchitecture): Promise<TinyLinux> {
  const linux = built.get(architecture) ?? build(architecture)
  built.set(architecture, linux)
  return linux
}

async function build(architecture: DebianArchitecture): Promise<TinyLinux> {
  const { kernel, busybox } = await debianParts(architecture)
  const initrd = join(scratchDirectory(), 'initrd.img')
  await writeFile(initrd, gzipSync(initramfs(busybox), { level: 1 }))
  return { kernel, initrd }
}

/** The same with something large in its initrd, which is not compressed. */
export async function largeLinux(architecture: DebianArchitecture, payload: Uint8Array): Promise<TinyLinux> {
  const { kernel, busybox } = await debianParts(architecture)
  const initrd = join(scratchDirectory(), 'initrd.img')
  await writeFile(initrd, initramfs(busybox, [cpioEntry('payload', 0o100644, payload)]))
  return { kernel, initrd }
}

async function debianParts(architecture: DebianArchitecture) {
  const debian = new DebianFiles(architecture)
  const kernelName = () => debian.dependency(`linux-image-cloud-${architecture}`, /^linux-image-\d/)
  const kernelTree = await debian.unpacked('kernel', kernelName, ['./boot/vmlinuz-*'])
  const tree = await debian.unpacked('busybox', async () => 'busybox-static', ['./bin/busybox'])
  const [kernel] = globSync(join(kernelTree, 'boot/vmlinuz-*'))
  if (kernel === undefined) throw new Error(`no kernel in ${kernelTree}; remove that directory`)
  return { kernel, busybox: await readFile(join(tree, 'bin/busybox')) }
}

function initramfs(busybox: Uint8Array, more: readonly Uint8Array[] = []): Uint8Array {
  return Buffer.concat([
    cpioEntry('bin', 0o040755),
    cpioEntry('dev', 0o040755),
    cpioEntry('proc', 0o040755),
    cpioEntry('bin/busybox', 0o100755, busybox),
    cpioEntry('init', 0o100755, Buffer.from(init)),
    // The kernel opens it as the standard streams of init.
    cpioEntry('dev/console', 0o020600, Buffer.alloc(0), { major: 5, minor: 1 }),
    ...more,
    cpioEntry('TRAILER!!!', 0),
  ])
}

let inode = 0

/** cpio's "new ASCII" format (Documentation/driver-api/early-userspace/buffer-format.rst of Linux). */
export function cpioEntry(
  name: string,
  mode: number,
  content: Uint8Array = Buffer.alloc(0),
  device = { major: 0, minor: 0 },
): Uint8Array {
  inode += 1
  const links = 1
  const fields = [
    inode,
    mode,
    0,
    0,
    links,
    0,
    content.length,
    0,
    0,
    device.major,
    device.minor,
    name.length + 1,
    0,
  ]
  const head = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}${name}\0`
  return Buffer.concat([padded(Buffer.from(head)), padded(content)])
}

function padded(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)])
}
