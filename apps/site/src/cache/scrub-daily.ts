import { setTimeout as sleep } from 'node:timers/promises'
import type { BootLog } from '@bootcast/boot'
import type { CacheKeeper } from '@bootcast/content'

export type ScrubSettings = {
  readonly keeper: Pick<CacheKeeper, 'scrub'>
  readonly log: BootLog
  readonly delays?: { readonly firstMs: number; readonly everyMs: number }
}

/** Not while everything starts. */
const usualDelays = { firstMs: 60 * 60_000, everyMs: 24 * 60 * 60_000 }

/** Reads all of the cache again once a day, so that a bit that the disk has changed by itself is found. */
export function scrubDaily({ keeper, log, delays = usualDelays }: ScrubSettings): {
  readonly stop: () => Promise<void>
} {
  const ending = new AbortController()
  const { signal } = ending
  const rest = (ms: number) => sleep(ms, undefined, { signal, ref: false }).catch(() => undefined)
  const round = async () => {
    try {
      const { blobs, bytes, corrupt, unreadable } = await keeper.scrub(signal)
      log('info', 'the cache was read again', {
        ...{ blobs, bytes, damaged: corrupt.length, unreadable: unreadable.length },
      })
    } catch (error) {
      if (!signal.aborted) log('warn', 'the cache could not be read again', { reason: String(error) })
    }
  }
  const run = async () => {
    await rest(delays.firstMs)
    while (!signal.aborted) {
      await round()
      await rest(delays.everyMs)
    }
  }
  const running = run()
  return {
    stop: async () => {
      ending.abort()
      await running
    },
  }
}
