import type { Fingerprinter } from '@bootcast/content'
import type { UnpackLimits, Workshop } from '@bootcast/image'
import { rawDisk } from './raw-disk.ts'
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

/** Longest that unpacking one input may take. */
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
