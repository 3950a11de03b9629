import { execFile } from 'node:child_process'
import { rm, stat } from 'node:fs/promises'
import { promisify } from 'node:util'
import type { Fingerprinter } from '@bootcast/content'
import {
  type ByteSource,
  type DiskFormat,
  streamOf,
  type UnpackLimits,
  Unreadable,
  type Workshop,
} from '@bootcast/image'
import type { OnStage } from './release-maker.ts'
import type { Scratch } from './scratch.ts'
import type { Stock } from './stock.ts'

export type WorkshopSettings = {
  readonly stock: Stock
  readonly scratch: Scratch
  readonly fingerprinter: Fingerprinter
  readonly mostBytes: number
  readonly onStage: OnStage
  readonly signal: AbortSignal
}

/** Longest that unpacking or converting one input may take. */
const longestSeconds = 3 * 60 * 60

/** Where inputs are unpacked: scratch files that become blobs. */
export function createWorkshop(settings: WorkshopSettings): Workshop {
  const { stock, mostBytes, onStage, signal } = settings
  const limits: UnpackLimits = { bytes: mostBytes, seconds: longestSeconds, signal }
  return {
    limits,
    keep: (bytes) => stock.keep(bytes, (done) => onStage('read', { done })),
    rawDisk: (source, format) => rawDisk(source, format, settings),
  }
}

const run = promisify(execFile)
/** Address space of the converter: its caches are small, but it starts up to 64 threads with 8 MiB of stack each. */
const converterBytes = 4 * 1024 * 1024 * 1024

/**
 * A disk of another format as a raw one, by qemu-img in a process of its own: bounded in memory, time and size, with
 * an empty environment. Images that point to other files are refused before it sees them.
 */
async function rawDisk(
  source: ByteSource,
  format: DiskFormat,
  settings: WorkshopSettings,
): Promise<ByteSource> {
  await refuseOtherFiles(source, format)
  const { scratch, fingerprinter, stock, mostBytes, onStage, signal } = settings
  const input = await scratch.write(streamOf(source), fingerprinter, (done) => onStage('read', { done }))
  const output = scratch.newPath()
  try {
    const driver = format === 'vhd' ? 'vpc' : format
    const size = await virtualSize(driver, input.path, signal)
    if (size > mostBytes)
      throw new Unreadable(`The disk is ${size} bytes large, ${mostBytes} are the most (--max-upload).`)
    await converter(['convert', '-f', driver, '-O', 'raw', '-t', 'none', '-W', input.path, output], signal)
    const follower = fingerprinter.follow(output)
    return await stock.takeFile(output, await follower.finish((await stat(output)).size))
  } finally {
    await rm(input.path, { force: true })
    await rm(output, { force: true })
  }
}

async function virtualSize(driver: string, path: string, signal: AbortSignal): Promise<number> {
  const text = await converter(['info', '-f', driver, '--output=json', path], signal)
  const size = (JSON.parse(text) as { 'virtual-size'?: unknown })['virtual-size']
  if (typeof size !== 'number') throw new Unreadable('The disk image does not say how large it is.')
  return size
}

async function converter(args: readonly string[], signal: AbortSignal): Promise<string> {
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
    throw new Unreadable(converterWords(cause as Error & { code?: unknown; stderr?: string }), { cause })
  }
}

function converterWords({ code, stderr = '', message }: Error & { code?: unknown; stderr?: string }): string {
  if (code === 'ENOENT' || code === 127 || /failed to execute qemu-img/.test(stderr))
    return 'It is a disk image that must be converted, and qemu-img is not installed here: install the package qemu-utils, or publish a raw disk.'
  const words = stderr.replace(/\/\S+\/([0-9a-f]{24})/g, 'the image').trim()
  return `qemu-img cannot convert the disk image: ${(words || message).slice(0, 300)}`
}

/**
 * Backing files (qcow2 docs/interop/qcow2.txt: bytes 8 to 16), external data files (incompatible feature 2, bytes 72
 * to 80), descriptors of VMDK that name other files (capacity 0, or a text).
 */
async function refuseOtherFiles(source: ByteSource, format: DiskFormat): Promise<void> {
  const head = await source.read(0, Math.min(source.size, 64 * 1024))
  const text = head.toString('latin1')
  const pointsElsewhere =
    format === 'qcow2'
      ? head.readBigUInt64BE(8) !== 0n || (head.readUInt32BE(4) >= 3 && (head.readUInt8(79) & 4) !== 0)
      : format === 'vmdk' &&
        (!text.startsWith('KDMV') || head.readBigUInt64LE(12) === 0n || text.includes('parentFileNameHint'))
  if (pointsElsewhere)
    throw new Unreadable(
      'The disk image needs another file (a backing file or parts). Make one whole image of it: qemu-img convert.',
    )
}
