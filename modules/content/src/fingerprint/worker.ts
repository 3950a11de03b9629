import { closeSync, openSync, readSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { type Learner, learners } from './chunk-map.ts'

/** What is learnt of the bytes of one file from `from` on, which are there up to `to`. */
type Lesson = { readonly id: number; readonly from: number; readonly to: number }
/** Nobody waits for an answer. Whoever orders this may move or remove the file. */
type GoOn = Lesson & { readonly next: 'go-on'; readonly path: string }
/** `file`: a descriptor, open until the report. */
type Part = Lesson & { readonly file: number }
/** Reads on, and reports that it has. */
type Read = Part & { readonly next: 'read' }
/** Reads the last of it, and reports what was learnt. */
type Finish = Part & { readonly next: 'finish' }
/** Nobody wants to know any more. */
type Drop = { readonly next: 'drop'; readonly id: number }
export type Order = GoOn | Read | Finish | Drop
export type Question = Read | Finish

export type Report = { readonly id: number } & (
  | { readonly result: Uint8Array }
  /** `code`: of the system call that failed. */
  | { readonly error: string; readonly code: string | undefined }
)

const pieceBytes = 1024 * 1024
const port = parentPort
const kind = workerData as 'digest' | 'chunks'
type State = { readonly learner: Learner; at: number }
const known = new Map<number, State>()
const buffer = Buffer.allocUnsafeSlow(pieceBytes)

function stateOf(id: number, from: number): State {
  const state = known.get(id) ?? { learner: learners[kind](), at: from }
  known.set(id, state)
  return state
}

/** Reads from where it was to `to`. */
function readOn(state: State, file: number, to: number): void {
  while (state.at < to) {
    const read = readSync(file, buffer, 0, Math.min(pieceBytes, to - state.at), state.at)
    if (read === 0) throw new Error(`the file ends at ${state.at}, ${to} bytes were written`)
    state.learner.update(buffer.subarray(0, read))
    state.at += read
  }
}

/** Files are closed between two orders: there may be many. */
function goOn({ id, path, from, to }: GoOn): undefined {
  try {
    const file = openSync(path, 'r')
    try {
      readOn(stateOf(id, from), file, to)
    } finally {
      closeSync(file)
    }
  } catch {
    // What could not be read now is read at the end, or the error is met there.
  }
}

function answer({ next, id, file, from, to }: Question): Report {
  try {
    const state = stateOf(id, from)
    readOn(state, file, to)
    if (next === 'read') return { id, result: new Uint8Array() }
    known.delete(id)
    return { id, result: state.learner.finish() }
  } catch (error) {
    known.delete(id)
    const { message, code } = error as NodeJS.ErrnoException
    return { id, error: message, code }
  }
}

function carryOut(order: Order): Report | undefined {
  switch (order.next) {
    case 'go-on':
      return goOn(order)
    case 'read':
    case 'finish':
      return answer(order)
    case 'drop':
      known.delete(order.id)
      return undefined
  }
}

port?.on('message', (order: Order) => {
  const report = carryOut(order)
  if (report !== undefined) port.postMessage(report)
})
