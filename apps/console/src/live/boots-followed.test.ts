import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BootsFollowing } from './boots-followed.ts'

const reset = 'id: 7-0\nevent: reset\ndata: {}\n\n'

/** A platform that answers so, one answer for each connection; afterwards it says nothing more. */
function following(answers: readonly (() => Response)[]) {
  const left = [...answers]
  const states: string[] = []
  const resets: number[] = []
  const { promise: over, resolve } = Promise.withResolvers<void>()
  const wait = async () => undefined
  const fake = async () => {
    const answer = left.shift()
    if (answer !== undefined) return answer()
    resolve()
    return await new Promise<Response>(() => undefined)
  }
  const boots = new BootsFollowing({ url: 'http://boot.test', fetch: fake as typeof fetch, wait })
  boots.watch(() => states.push(boots.connection.state))
  const stop = boots.listen({ onReset: () => resets.push(states.length), onNews: () => undefined })
  return { boots, states, resets, over, stop }
}

const stream = () => new Response(reset, { headers: { 'content-type': 'text/event-stream' } })
const problem = (status: number, code: string) => () =>
  new Response(JSON.stringify({ type: 't', title: 't', status, code, detail: 'd' }), { status })
const away = () => {
  throw new TypeError('fetch failed')
}

test('a platform that is not there at first is tried again, and the lists are asked for then', async () => {
  const { states, resets, over, stop } = following([away, problem(503, 'stopping'), stream])
  await over
  assert.deepEqual(states.slice(0, 3), ['lost', 'lost', 'live'])
  assert.equal(resets.length, 1)
  stop()
})

test('a connection that broke is lost since nothing was heard, however often it is tried', async () => {
  const { boots, over, stop } = following([stream, away, away])
  const before = Date.now()
  await over
  const { connection } = boots
  assert.ok(connection.state === 'lost' && Math.abs(connection.since.getTime() - before) < 5_000)
  stop()
})

test('who is refused is not asked again, and a later listener begins anew', async () => {
  const { boots, stop, over } = following([problem(403, 'forbidden'), stream])
  while (boots.connection.state !== 'refused') await new Promise(setImmediate)
  stop()
  boots.listen({ onReset: () => undefined, onNews: () => undefined })
  await over
  assert.equal(boots.connection.state, 'lost')
})
