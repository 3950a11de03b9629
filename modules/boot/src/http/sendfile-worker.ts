import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { sendfileCalls } from './sendfile-calls.ts'
import type { FromThread, SendfileJob, ToThread } from './sendfile-thread.ts'
import type { SendEnd } from './sending.ts'

/**
 * One thread that sends many files: it asks epoll which sockets have room and gives each a turn. Idle it
 * sleeps in Node's event loop, where it can be ended; at work it sleeps in epoll, and a message comes with a
 * wake-up on an eventfd. It opens and closes nothing of a job: file descriptors belong to the main thread.
 */
type Job = SendfileJob & { at: number; readonly endAt: number; movedAt: number }

const turnBytes = 2 * 1024 * 1024
const wakerKey = 0
/** What a socket says when the far end or the way to it is gone: EPIPE and errno 100 to 113 (errno(3)). */
const isClientError = (errno: number) => errno === 32 || (errno >= 100 && errno <= 113)

const { waker } = workerData as { readonly waker: number }
const calls = sendfileCalls()
if (calls === undefined || parentPort === null) throw new Error('this thread needs sendfile(2) and a parent')
const { send, wait, calm, close, watchReadable, watchWritable, unwatch, newEpoll } = calls
const port = parentPort
const epoll = newEpoll()
watchReadable(epoll, waker, wakerKey)
const jobs = new Map<number, Job>()

port.on('message', (message: ToThread) => {
  obey(message)
  while (jobs.size > 0) takeTurns()
})

function takeTurns(): void {
  for (const { key, broken } of wait(epoll, longestSleepMs())) {
    if (key === wakerKey) takeMessages()
    else turn(jobs.get(key), broken)
  }
  endStalled()
}

function takeMessages(): void {
  calm(waker)
  for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port))
    obey(next.message as ToThread)
}

function obey(message: ToThread): void {
  if (message.kind === 'send') begin(message.job)
  else if (message.kind === 'cancel') end(jobs.get(message.id), 'client-gone')
  else stop()
}

function stop(): void {
  for (const job of jobs.values()) end(job, 'stopped')
  port.close()
  close(epoll)
}

function begin(job: SendfileJob): void {
  const { id, socket, first, last } = job
  jobs.set(id, { ...job, at: first, endAt: last + 1, movedAt: performance.now() })
  try {
    watchWritable(epoll, socket, id)
  } catch {
    end(jobs.get(id), 'failed')
  }
}

function turn(job: Job | undefined, broken: boolean): void {
  if (job === undefined) return
  const sent = send(job.socket, job.file, job.at, Math.min(turnBytes, job.endAt - job.at))
  if (typeof sent === 'number' && sent > 0) {
    job.at += sent
    job.movedAt = performance.now()
  }
  const how = whyEnded(job, sent, broken)
  if (how !== undefined) end(job, how)
}

function whyEnded(job: Job, sent: ReturnType<typeof send>, broken: boolean): SendEnd | undefined {
  if (sent === 'full') return broken ? 'client-gone' : undefined
  if (typeof sent === 'object') return isClientError(sent.errno) ? 'client-gone' : 'failed'
  if (job.at === job.endAt) return 'sent'
  return sent === 0 ? 'file-short' : undefined
}

let stallCheckedAt = performance.now()

/** O(jobs), at most four times within the shortest time a client may stall. */
function endStalled(): void {
  const now = performance.now()
  if (now - stallCheckedAt < longestSleepMs()) return
  stallCheckedAt = now
  for (const job of jobs.values()) if (now - job.movedAt > job.stallMs) end(job, 'client-stalled')
}

function longestSleepMs(): number {
  const [job] = jobs.values()
  return Math.min(1000, Math.ceil((job?.stallMs ?? 4000) / 4))
}

function end(job: Job | undefined, how: SendEnd): void {
  if (job === undefined) return
  unwatch(epoll, job.socket)
  jobs.delete(job.id)
  port.postMessage({ id: job.id, sent: job.at - job.first, end: how } satisfies FromThread)
}
