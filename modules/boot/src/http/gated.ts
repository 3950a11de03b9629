import type { ByteRange } from './range.ts'
import type { Progress, Sending } from './sending.ts'

/**
 * How far a body may go now: waits until some of it may be sent, and tells the last byte of that, from `first` to
 * `last`. Rejects when there will be none, and when `signal` says that the client has gone.
 */
export type Gate = (first: number, last: number, signal: AbortSignal) => Promise<number>

/** A failure that comes so soon is still answered by 503; then the head goes, so that the client knows the size. */
const headAfterMs = 100

/** One gate after the other: what the first lets through, the second lets through in its pieces. */
export function both(first: Gate | undefined, second: Gate | undefined): Gate | undefined {
  if (first === undefined || second === undefined) return first ?? second
  return async (from, last, signal) => second(from, await first(from, last, signal), signal)
}

/**
 * Sends a range piece by piece, each when its gate lets it through; `send` sends one. Time at the gate is not the
 * client's: nothing drops it meanwhile, and when it leaves the waiting ends at once. Does not end the response.
 * Rejects only before anything was sent. Memory: nothing but what `send` takes, while it sends.
 */
export async function sendGated(
  sending: Sending,
  { first, last }: ByteRange,
  gate: Gate,
  send: (piece: ByteRange) => Promise<Progress>,
): Promise<Progress> {
  const { response, socket } = sending
  const before = socket.timeout ?? 0
  socket.setTimeout(0)
  const head = setTimeout(() => response.flushHeaders(), headAfterMs)
  const pass = whileThere(sending, gate)
  let sent = 0
  let isWaiting = true
  try {
    for (let at = first; at <= last; at = first + sent) {
      isWaiting = true
      const until = await pass(at, last)
      if (until === undefined) return { sent, end: 'client-gone' }
      isWaiting = false
      const piece = await send({ first: at, last: until })
      sent += piece.sent
      if (piece.end !== 'sent') return { ...piece, sent }
    }
    return { sent, end: 'sent' }
  } catch (error) {
    if (!response.headersSent) throw error
    return { sent, end: isWaiting ? 'source-failed' : 'failed', error }
  } finally {
    clearTimeout(head)
    // Once the response has let go of it, Node has set the connection's timeout for the wait between requests.
    if (response.socket === socket) socket.setTimeout(before)
  }
}

/** The gate as long as the client is there; `undefined` as soon as it is not. */
function whileThere({ closed }: Sending, gate: Gate) {
  const gone = new AbortController()
  let leave: () => void = () => undefined
  void closed.then(() => {
    leave()
    gone.abort()
  })
  return (first: number, last: number): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      leave = () => resolve(undefined)
      if (gone.signal.aborted) return leave()
      gate(first, last, gone.signal).then((until) => {
        if (until >= first && until <= last) resolve(until)
        else reject(new Error(`bytes from ${first} to ${last} were asked for, and ${until} was told`))
      }, reject)
    })
}
