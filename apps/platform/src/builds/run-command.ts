import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setPriority } from 'node:os'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { BuildStopped } from './build.ts'
import { endProcesses } from './processes.ts'

export type CommandOrder = {
  /** Of the build: the environment has it as `processes.ts` looks for it. */
  readonly id: string
  readonly command: readonly string[]
  readonly directory: string
  /** All of it. */
  readonly environment: Readonly<Record<string, string>>
  readonly onText: (text: string, stream: 'stdout' | 'stderr') => void
  /** Ends it, with all that it started. */
  readonly signal: AbortSignal
  /** How long it may take to end by itself then. */
  readonly graceMs: () => number
}

type Child = ChildProcessByStdio<null, Readable, Readable>

/** A program that writes faster waits: what it writes costs time that machines need. */
const mostBytesPerSecond = 4 * 1024 * 1024
/** What is in the pipes when a program has ended is read for so long at most. */
const lastWordsMs = 2_000
/** Machines that boot come first. */
const niceness = 10

/**
 * Runs a program in a process group of its own, without a shell, input or anything of our environment, until it and all
 * that it started have ended. @throws {BuildStopped} when it fails; the reason of the signal when that ended it
 */
export async function runCommand(order: CommandOrder): Promise<void> {
  order.signal.throwIfAborted()
  const child = await started(order)
  const group = child.pid
  const ended = new AbortController()
  const exit = once(child, 'exit').then(([code, by]) => ({ code, by }) as Ended)
  const pace = paced(ended.signal)
  const reading = Promise.all([
    readAll(child.stdout, pace, (text) => order.onText(text, 'stdout')),
    readAll(child.stderr, pace, (text) => order.onText(text, 'stderr')),
  ])
  const killed = Promise.withResolvers<undefined>()
  const kill = () => void endedBy(order, group).then(() => killed.resolve(undefined))
  order.signal.addEventListener('abort', kill, { once: true })
  if (order.signal.aborted) kill()
  try {
    const how = await Promise.race([exit, killed.promise])
    if (how === undefined) throw order.signal.reason
    // What it left running could change what it has made.
    await endProcesses([order.id], { group, graceMs: 0 })
    await Promise.race([reading, sleep(lastWordsMs, undefined, { signal: ended.signal })])
    order.signal.throwIfAborted()
    if (how.code !== 0) throw new BuildStopped('build_failed', `The command ${wordsFor(how)}.`)
  } finally {
    order.signal.removeEventListener('abort', kill)
    ended.abort()
    child.stdout.destroy()
    child.stderr.destroy()
  }
}

/** With time for us to hear of it: who made itself another user's (sudo) cannot be ended by us, nor be waited for. */
async function endedBy({ id, graceMs }: CommandOrder, group: number | undefined): Promise<void> {
  await endProcesses([id], { group, graceMs: graceMs() })
  await sleep(lastWordsMs)
}

type Ended = { readonly code: number | null; readonly by: NodeJS.Signals | null }

const wordsFor = ({ code, by }: Ended): string =>
  by === null ? `ended with exit code ${code}` : `was ended by ${by}`

/** @throws {BuildStopped} when there is no such program or folder */
async function started({ command, directory, environment }: CommandOrder): Promise<Child> {
  const [program = '', ...args] = command
  const child = spawn(program, args, {
    cwd: directory,
    env: { ...environment },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  try {
    await once(child, 'spawn')
  } catch (cause) {
    const { message } = cause as Error
    throw new BuildStopped('build_failed', `${program} cannot be started in ${directory}: ${message}`, {
      cause,
    })
  }
  try {
    setPriority(child.pid ?? 0, niceness)
  } catch {
    // It has ended already.
  }
  return child
}

/** Never rejects: a pipe that breaks is one that has ended. */
async function readAll(
  stream: Readable,
  pace: (bytes: number) => Promise<void>,
  onText: (text: string) => void,
): Promise<void> {
  const decoder = new TextDecoder()
  try {
    for await (const piece of stream as AsyncIterable<Buffer>) {
      onText(decoder.decode(piece, { stream: true }))
      await pace(piece.length)
    }
  } catch {
    // Destroyed below us.
  }
  onText(decoder.decode())
}

/** Waits, once so many bytes came within a second, for its end; or for the end of the program. */
function paced(ended: AbortSignal): (bytes: number) => Promise<void> {
  let [bytes, from] = [0, performance.now()]
  return async (more) => {
    bytes += more
    const passed = performance.now() - from
    if (passed < 1000 && bytes < mostBytesPerSecond) return
    if (passed < 1000) await sleep(1000 - passed, undefined, { signal: ended }).catch(() => undefined)
    ;[bytes, from] = [0, performance.now()]
  }
}
