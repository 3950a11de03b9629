import { closeSync, openSync, readSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { type Learner, learners } from './chunk-map.ts'

/** `to`: how many bytes of the file are there now. `finish`: those are all. `drop`: nobody wants to know any more. */
export type Order = {
  readonly id: number
  readonly path: string
  readonly to: number
  readonly next: 'go-on' | 'finish' | 'drop'
}
export type Report = { readonly id: number } & (
  | { readonly at: number }
  | { readonly result: Uint8Array }
  | { readonly error: string }
)

const pieceBytes = 1024 * 1024
const port = parentPort
const kind = workerData as 'digest' | 'chunks'
const known = new Map<number, { readonly learner: Learner; at: number }>()
const buffer = Buffer.allocUnsafeSlow(pieceBytes)

/** Reads from where it was to `to`. Files are closed between two orders: there may be many. */
function readOn({ id, path, to }: Order): Learner {
  const state = known.get(id) ?? { learner: learners[kind](), at: 0 }
  known.set(id, state)
  if (state.at >= to) return state.learner
  const file = openSync(path, 'r')
  try {
    while (state.at < to) {
      const read = readSync(file, buffer, 0, Math.min(pieceBytes, to - state.at), state.at)
      if (read === 0) throw new Error(`${path} ends at ${state.at}, ${to} bytes were written`)
      state.learner.update(buffer.subarray(0, read))
      state.at += read
    }
  } finally {
    closeSync(file)
  }
  return state.learner
}

function carryOut(order: Order): Report | undefined {
  const { id, next } = order
  if (next === 'drop') {
    known.delete(id)
    return undefined
  }
  try {
    const learner = readOn(order)
    if (next === 'go-on') return { id, at: order.to }
    known.delete(id)
    return { id, result: learner.finish() }
  } catch (error) {
    known.delete(id)
    return { id, error: error instanceof Error ? error.message : String(error) }
  }
}

port?.on('message', (order: Order) => {
  const report = carryOut(order)
  if (report !== undefined) port.postMessage(report)
})
