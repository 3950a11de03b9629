import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { siteFolder } from '../../testing/site-folder.ts'
import { EventQueue } from './event-queue.ts'
import { SqliteLeaseStore } from './sqlite-lease-store.ts'

type Said = { readonly lease?: string; readonly first?: number; readonly texts?: readonly string[] }

/** What a process that keeps leases and sends events said until it was killed. */
async function saidBeforeKill(path: string, word: string): Promise<Said[]> {
  const script = join(import.meta.dirname, '../../testing/keep-until-killed.ts')
  const child = spawn(process.execPath, [script, path, word], { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  const isSending = Promise.withResolvers<void>()
  child.stdout.on('data', (part: Buffer) => {
    said += part
    if (said.split('"first"').length > 4) isSending.resolve()
  })
  const closed = once(child, 'close')
  await Promise.race([isSending.promise, closed])
  await sleep(300 * Math.random())
  child.kill('SIGKILL')
  const [, signal] = await closed
  assert.equal(signal, 'SIGKILL')
  return said
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Said)
}

test('killed with -9 at any moment: leases that were acknowledged are there, events arrive once and in order', async (t) => {
  const { path, open, logged } = siteFolder(t)
  const leases: string[] = []
  const arrived: string[] = []
  const takes = ({ first = 1, texts = [] }: Said) => {
    if (texts.length > 0) assert.ok(first <= arrived.length + 1, `numbers up to ${first} are missing`)
    for (const [place, text] of texts.entries()) {
      const known = arrived[first + place - 1]
      assert.equal(known ?? text, text, 'a number means one event')
      arrived[first + place - 1] = text
    }
  }
  const rounds = ['a', 'b', 'c']
  for (const word of rounds)
    for (const said of await saidBeforeKill(path, word)) {
      if (said.lease !== undefined) leases.push(said.lease)
      else if (said.first !== undefined) takes(said)
      else assert.fail(JSON.stringify(said))
    }
  const database = open()
  const queue = new EventQueue({ database, onDropped: () => assert.fail(), onError: assert.ifError })
  for (let batch = queue.next(500); batch.events.length > 0; batch = queue.next(500)) {
    takes({
      first: batch.first,
      texts: batch.events.map(({ event }) => (event as { readonly because: string }).because),
    })
    queue.forget(batch.first + batch.events.length - 1)
  }
  const kept = new Set((await new SqliteLeaseStore(database).load()).map(({ address }) => address))
  assert.deepEqual(
    leases.filter((address) => !kept.has(address)),
    [],
  )
  for (const word of rounds) {
    const ofRound = arrived.filter((text) => text.startsWith(word))
    assert.ok(ofRound.length > 20, word)
    assert.deepEqual(
      ofRound,
      ofRound.map((_, n) => `${word}-${n}`),
    )
  }
  assert.deepEqual(logged, [])
})
