import { FetchFailed } from './fetched.ts'

const windowMs = 60_000
const leastBytes = 64 * 1024

/**
 * The same bytes, unless they arrive too slowly: a server that gives one now and then would hold one of the few
 * publications for days. Only waiting for the server counts. Silence is ended by whoever reads the socket.
 * @throws {FetchFailed} for less than 64 KiB in a minute
 */
export async function* steady(
  bytes: AsyncIterable<Uint8Array>,
  now: () => number = () => performance.now(),
): AsyncGenerator<Uint8Array> {
  let [waited, arrived, from] = [0, 0, now()]
  for await (const piece of bytes) {
    waited += now() - from
    arrived += piece.length
    if (waited > windowMs) {
      if (arrived < leastBytes)
        throw new FetchFailed('It arrives too slowly: less than 64 KiB in a minute. Try again later.')
      waited = arrived = 0
    }
    yield piece
    from = now()
  }
}
