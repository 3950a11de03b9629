import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { test } from 'node:test'
import { sendfileCalls } from './sendfile-calls.ts'
import { SendfileThread } from './sendfile-thread.ts'

const calls = sendfileCalls()
const never = new Promise<void>(() => undefined)
const job = { socket: 0, file: 0, first: 0, last: 9, stallMs: 1000 }

test('a thread that dies ends its bodies, says why once, and takes no more', {
  skip: calls === undefined ? 'needs Linux and koffi' : false,
}, async () => {
  assert.ok(calls)
  const told: Error[] = []
  const noSuchDescriptor = { ...calls, newWaker: () => 1_000_000 }
  const thread = new SendfileThread(noSuchDescriptor, (error) => told.push(error))
  assert.deepEqual(await thread.send(job, never), { sent: 0, end: 'failed' })
  assert.deepEqual(
    told.map(({ message }) => message),
    ['epoll_ctl failed with errno 9'],
  )
  assert.equal(thread.failure, told[0])
  assert.deepEqual(await thread.send(job, never), { sent: 0, end: 'failed' })
  assert.equal(thread.load, 0)
})

test('stopped threads leave no descriptor and tell no failure', {
  skip: calls === undefined ? 'needs Linux and koffi' : false,
}, async () => {
  assert.ok(calls)

  const open = async () => (await readdir('/proc/self/fd')).length
  const startAndStop = async () => new SendfileThread(calls, assert.fail).stop()
  await startAndStop()
  const before = await open()
  for (let i = 0; i < 3; i++) await startAndStop()
  assert.equal(await open(), before)
})
