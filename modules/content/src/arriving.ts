import { BlobTooLarge, type PutOptions } from './blob-store.ts'

/**
 * The chunks of an upload as they arrive. Leaving early tells the source to stop, also when it hangs.
 * @throws {BlobTooLarge} past the limit; the signal's reason once it is aborted
 */
export async function* arriving(
  bytes: AsyncIterable<Uint8Array>,
  { limitBytes = Number.POSITIVE_INFINITY, signal }: Pick<PutOptions, 'limitBytes' | 'signal'>,
): AsyncGenerator<Uint8Array> {
  signal?.throwIfAborted()
  const source = bytes[Symbol.asyncIterator]()
  const abort = whenAborted(signal)
  let size = 0
  let ended = false
  try {
    for (;;) {
      const next = await abort.unlessFirst(source.next())
      ended = next.done === true
      if (next.done === true) return
      size += next.value.length
      if (size > limitBytes) throw new BlobTooLarge(limitBytes)
      yield next.value
    }
  } finally {
    abort.release()
    // Not awaited: a source that hangs in next() would not answer return() either.
    if (!ended) source.return?.().catch(() => undefined)
  }
}

/**
 * Not Promise.race with one promise for the whole upload: that one would hold every chunk until the end.
 */
function whenAborted(signal: AbortSignal | undefined) {
  let refuse: (reason: unknown) => void = () => undefined
  const onAbort = () => refuse(signal?.reason)
  signal?.addEventListener('abort', onAbort, { once: true })
  return {
    /** The promise's own outcome, or the signal's reason when that comes first. */
    unlessFirst<T>(promise: Promise<T>): Promise<T> {
      return new Promise((resolve, reject) => {
        refuse = reject
        promise.then(resolve, reject)
        if (signal?.aborted === true) onAbort()
      })
    },
    release: () => signal?.removeEventListener('abort', onAbort),
  }
}
