import type { TftpOptions } from './packet.ts'

/** What a transfer goes by, after the options were negotiated. */
export type TransferTerms = {
  /** Bytes in each block but the last. */
  readonly blockSize: number
  /** Blocks sent before an acknowledgement is waited for. */
  readonly windowSize: number
  /** What the client asked for (RFC 2349); without it the server measures. */
  readonly timeoutSeconds?: number
  /** The OACK: only what was asked for and is kept to. Empty: no OACK, as RFC 1350 knows none. */
  readonly accepted: TftpOptions
}

export type TermLimits = {
  readonly maxBlockSize: number
  readonly maxWindowSize: number
  readonly maxWindowBytes: number
}

/** RFC 1350 §2. */
const defaultBlockSize = 512

/**
 * Options that are unknown, or whose value is out of the RFC's range, are left out of the OACK (RFC 2347): the client
 * goes on without them. A block or window larger than ours is answered with ours (RFC 2348, RFC 7440 §3).
 */
export function negotiate(asked: TftpOptions, size: number, limits: TermLimits): TransferTerms {
  const accepted = new Map<string, string>()
  const accept = (name: string, lowest: number, highest: number, cap: number): number | undefined => {
    const value = numberIn(asked.get(name), lowest, highest)
    if (value === undefined) return undefined
    accepted.set(name, String(Math.min(value, cap)))
    return Math.min(value, cap)
  }
  const blockSize = accept('blksize', 8, 65464, limits.maxBlockSize) ?? defaultBlockSize
  const maxWindow = Math.max(1, Math.min(limits.maxWindowSize, Math.floor(limits.maxWindowBytes / blockSize)))
  const windowSize = accept('windowsize', 1, 65535, maxWindow) ?? 1
  const timeoutSeconds = accept('timeout', 1, 255, 255)
  if (asked.has('tsize')) accepted.set('tsize', String(size)) // RFC 2349: a read request carries 0
  return { blockSize, windowSize, accepted, ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }) }
}

function numberIn(text: string | undefined, lowest: number, highest: number): number | undefined {
  if (text === undefined || !/^\d{1,6}$/.test(text)) return undefined
  const value = Number(text)
  return value >= lowest && value <= highest ? value : undefined
}
