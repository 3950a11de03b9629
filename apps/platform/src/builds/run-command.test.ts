import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runCommand } from './run-command.ts'

function order(command: readonly string[], more: { readonly signal?: AbortSignal } = {}) {
  const got = { text: 0 }
  return {
    got,
    id: `t${Math.random().toString(36).slice(2, 10)}`,
    command,
    directory: '/',
    environment: { PATH: '/usr/bin:/bin' },
    onText: (text: string) => {
      got.text += text.length
    },
    signal: new AbortController().signal,
    graceMs: () => 0,
    ...more,
  }
}

test('who writes faster than four MiB in a second waits', async () => {
  const from = performance.now()
  const wanted = order(['head', '-c', String(12 * 1024 * 1024), '/dev/zero'])
  await runCommand(wanted)
  assert.equal(wanted.got.text, 12 * 1024 * 1024)
  // Reading it takes a few hundredths of a second.
  assert.ok(performance.now() - from > 1900)
})

test('a program or a folder that is not there is said so', async () => {
  await assert.rejects(runCommand(order(['/no/such/program'])), {
    message: /cannot be started in \/: .*ENOENT/,
  })
  const folder = { ...order(['true']), directory: '/no/such/folder' }
  await assert.rejects(runCommand(folder), { message: /cannot be started in \/no\/such\/folder/ })
})

test('a command that is ended while it starts is ended, with the reason', async () => {
  const stopping = new AbortController()
  const running = runCommand(order(['sleep', '1000'], { signal: stopping.signal }))
  stopping.abort(new Error('enough'))
  await assert.rejects(running, { message: 'enough' })
  await assert.rejects(runCommand(order(['sleep', '1000'], { signal: stopping.signal })), {
    message: 'enough',
  })
})
