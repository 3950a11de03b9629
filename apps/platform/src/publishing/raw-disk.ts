import { execFile } from 'node:child_process'
import { rm, stat } from 'node:fs/promises'
import { promisify } from 'node:util'
import { type ByteSource, streamOf, Unreadable, type VirtualDiskFormat } from '@bootcast/image'
import type { WorkshopSettings } from './workshop.ts'

const run = promisify(execFile)
/** Address space of the converter: its caches are small, but it starts up to 64 threads with 8 MiB of stack each. */
const converterBytes = 4 * 1024 * 1024 * 1024

/** Longest that converting one disk may take. */
const longestSeconds = 3 * 60 * 60

/**
 * A disk of another format as a raw one, by qemu-img in a process of its own: bounded in memory, time and size, with
 * an empty environment. It must be whole by itself: qemu-img would open the files that an image names.
 * @throws {Unreadable}
 */
export async function rawDisk(
  source: ByteSource,
  format: VirtualDiskFormat,
  settings: WorkshopSettings,
): Promise<ByteSource> {
  const { scratch, fingerprinter, stock, mostBytes, onStage, signal } = settings
  const input = await scratch.write(streamOf(source), fingerprinter, (done) => onStage('read', { done }))
  const output = scratch.newPath()
  try {
    const image = imageOptions(format, input.path)
    const size = await virtualSize(image, signal)
    if (size > mostBytes)
      throw new Unreadable(`The disk is ${size} bytes large, ${mostBytes} are the most (--max-upload).`)
    if (format !== 'vhd') await checkComplete(image, signal)
    await qemuImg(['convert', '-O', 'raw', '-t', 'none', '-W', image, output], signal)
    const follower = fingerprinter.follow(output)
    return await stock.takeFile(output, await follower.finish((await stat(output)).size))
  } finally {
    await rm(input.path, { force: true })
    await rm(output, { force: true })
  }
}

/** QEMU's names, and what it must not look for or guess. */
const drivers: Readonly<Record<VirtualDiskFormat, Readonly<Record<string, string | null>>>> = {
  qcow2: { driver: 'qcow2', backing: null },
  vmdk: { driver: 'vmdk', backing: null },
  vhdx: { driver: 'vhdx' },
  // Cylinders × heads × sectors of a VHD end before the disk does, or behind it, with most programs that make one.
  vhd: { driver: 'vpc', force_size_calc: 'current_size' },
}

/** An image with options, `json:{…}`: no part of the path has a meaning. */
const imageOptions = (format: VirtualDiskFormat, filename: string) =>
  `json:${JSON.stringify({ ...drivers[format], file: { driver: 'file', filename } })}`

async function virtualSize(image: string, signal: AbortSignal): Promise<number> {
  const text = await qemuImg(['info', '--output=json', image], signal)
  const size = (JSON.parse(text) as { 'virtual-size'?: unknown })['virtual-size']
  if (typeof size !== 'number') throw new Unreadable('The disk image does not say how large it is.')
  return size
}

/** Clusters that nothing uses: qemu-img(1), "check", exit codes. */
const leaksOnly = 3

/** Reading behind the end of a qcow2 or VMDK that was cut gives zeros. For VHD there is no check; opening it tells. */
async function checkComplete(image: string, signal: AbortSignal): Promise<void> {
  await qemuImg(['check', image], signal).catch((error: Error) => {
    if ((error.cause as { code?: unknown } | undefined)?.code !== leaksOnly) throw error
  })
}

async function qemuImg(args: readonly string[], signal: AbortSignal): Promise<string> {
  const bounds = [`--as=${converterBytes}`, `--cpu=${longestSeconds}`, '--core=0']
  try {
    const { stdout } = await run('prlimit', [...bounds, 'qemu-img', ...args], {
      // One arena: each of its threads would take 64 MiB of address space for its own.
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', MALLOC_ARENA_MAX: '1' },
      timeout: longestSeconds * 1000,
      killSignal: 'SIGKILL',
      maxBuffer: 1024 * 1024,
      signal,
    })
    return stdout
  } catch (cause) {
    signal.throwIfAborted()
    throw new Unreadable(wordsOf(cause as Failed), { cause })
  }
}

type Failed = Error & { readonly code?: unknown; readonly stderr?: string }

function wordsOf({ code, stderr = '', message }: Failed): string {
  if (code === 'ENOENT' || code === 127 || /failed to execute qemu-img/.test(stderr))
    return 'It is a disk image that must be converted, and qemu-img is not installed here: install the package qemu-utils, or publish a raw disk.'
  const words = stderr
    .replace(/'(json:\{.*?\}\}|\/[^'\n]*\/[0-9a-f]{24})'/g, 'the image')
    .replace(/^qemu-img: /gm, '')
    .replace(/\s+/g, ' ')
    .trim()
  return `qemu-img cannot read the disk image: ${(words || message).slice(0, 300)}. Is it complete? If its machine was not shut down, mend it there: qemu-img check -r all IMAGE.`
}
