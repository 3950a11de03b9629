import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type BootsFollowed, followBoots } from './boot-events.ts'
import { ApiError, Unreachable } from './client.ts'
import { type ServerEvent, serverEvents } from './server-events.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

/** A body that comes in these parts and then ends; with a signal it stays open until that breaks it off. */
function bodyOf(parts: readonly (string | Uint8Array)[], signal?: AbortSignal): ReadableStream<Uint8Array> {
  const left = parts.map((part) => (typeof part === 'string' ? bytes(part) : part))
  return new ReadableStream({
    async pull(controller) {
      const part = left.shift()
      if (part !== undefined) controller.enqueue(part)
      else if (signal === undefined) controller.close()
      else signal.addEventListener('abort', () => controller.error(signal.reason))
    },
  })
}

async function eventsIn(...parts: readonly string[]): Promise<readonly ServerEvent[]> {
  const events: ServerEvent[] = []
  for await (const event of serverEvents(bodyOf(parts), () => {})) events.push(event)
  return events
}

test('events are read wherever the network cuts them, with any line end', async () => {
  const text = ': hello\r\n\r\nid: 7-1\r\nevent: boot\r\ndata: {"a":\r\ndata: "ü"}\r\n\r\ndata:x\n\n'
  const expected = [
    { id: '7-1', event: 'boot', data: '{"a":\n"ü"}' },
    { event: 'message', data: 'x' },
  ]
  assert.deepEqual(await eventsIn(text), expected)
  const all = bytes(text)
  const single = Array.from(all, (_, at) => all.subarray(at, at + 1))
  const events: ServerEvent[] = []
  for await (const event of serverEvents(bodyOf(single), () => {})) events.push(event)
  assert.deepEqual(events, expected)
})

test('an event that is cut off is none, and one without an end is refused', async () => {
  assert.deepEqual(await eventsIn('data: 1\n\ndata: 2\n'), [{ event: 'message', data: '1' }])
  await assert.rejects(eventsIn('data: ', 'x'.repeat(2 ** 20)), Unreachable)
})

const boot = {
  id: '01a216de-5be8-7450-aef1-6dcf770ead44',
  mac: '52:54:00:00:00:01',
  state: 'booting',
  beganAt: '2026-11-26T08:00:00Z',
  lastAt: '2026-11-26T08:00:00Z',
  bytes: 0,
  events: 1,
}
const event = { kind: 'lease', n: 1, at: '2026-11-26T08:00:00Z', leased: '10.0.0.1' }
const message = (id: string, data: object, name = 'boot') =>
  `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`
const reset = 'id: 7-0\nevent: reset\ndata: {}\n\n'

type Answer = (init: RequestInit) => Response | Promise<Response>
const stream = (...parts: readonly string[]): Response =>
  new Response(bodyOf(parts), { headers: { 'content-type': 'text/event-stream' } })

/** Follows a platform that answers so, one answer for each connection, and ends with the last. */
async function follow(answers: readonly Answer[], silenceMs?: number) {
  const sent: Headers[] = []
  const waited: number[] = []
  const ending = new AbortController()
  const left = [...answers]
  const fake: typeof fetch = async (_url, init = {}) => {
    sent.push(new Headers(init.headers))
    const answer = left.shift()
    if (answer !== undefined) return await answer(init)
    ending.abort()
    throw new TypeError('the test ends')
  }
  const followed: BootsFollowed[] = []
  const options = { url: 'http://boot.test/', token: 'T', fetch: fake, signal: ending.signal }
  const wait = async (ms: number) => void waited.push(ms)
  for await (const one of followBoots({ ...options, wait, ...(silenceMs !== undefined && { silenceMs }) }))
    followed.push(one)
  return { followed, sent, waited, kinds: followed.map(({ kind }) => kind) }
}

test('news come with their boot; the next connection says which was the last', async () => {
  const { kinds, followed, sent } = await follow([
    () => stream(reset, message('7-1', { boot, event }), message('7-2', { boot })),
    () => stream(message('7-3', { boot, event })),
  ])
  assert.deepEqual(kinds, ['reset', 'news', 'news', 'lost', 'found', 'news', 'lost'])
  assert.deepEqual(followed[1], { kind: 'news', news: { boot, event } })
  assert.deepEqual(
    sent.map((headers) => headers.get('last-event-id')),
    [null, '7-2', '7-3'],
  )
  assert.equal(sent[0]?.get('authorization'), 'Bearer T')
})

test('what a newer platform says besides is left out', async () => {
  const strange = [message('7-1', {}, 'fanfare'), message('7-2', { boot: { ...boot, state: 'flying' } })]
  const broken = 'id: 7-3\nevent: boot\ndata: {\n\n'
  const { kinds } = await follow([() => stream(reset, ...strange, broken, message('7-4', { boot, event }))])
  assert.deepEqual(kinds, ['reset', 'news', 'lost'])
})

test('a platform that stays away is asked more and more seldom', async () => {
  const away = () => Promise.reject(new TypeError('fetch failed'))
  const { waited } = await follow([() => stream(reset), ...Array.from({ length: 8 }, () => away)])
  assert.deepEqual(waited, [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000, 30_000])
})

test('a connection that is there again is told at once, also when nothing happened meanwhile', async () => {
  const { kinds, followed } = await follow([() => stream(reset), () => stream(': \n\n')])
  assert.deepEqual(kinds, ['reset', 'lost', 'found', 'lost'])
  const [, lost] = followed
  assert.ok(lost?.kind === 'lost' && lost.silentMs >= 0 && lost.silentMs < 60_000)
})

test('a connection on which nothing comes any more is given up', async () => {
  const dead: Answer = ({ signal }) =>
    new Response(bodyOf([reset], signal as AbortSignal), { headers: { 'content-type': 'text/event-stream' } })
  const { kinds } = await follow([dead], 30)
  assert.deepEqual(kinds, ['reset', 'lost'])
})

const problem = (status: number, code: string): Response =>
  new Response(
    JSON.stringify({ type: `urn:bootcast:problem:${code}`, title: 't', status, code, detail: 'd' }),
    { status },
  )

test('who is refused is told so; a platform that only starts is asked again', async () => {
  await assert.rejects(follow([() => problem(401, 'not_signed_in')]), ApiError)
  await assert.rejects(follow([() => stream(reset), () => problem(401, 'not_signed_in')]), ApiError)
  await assert.rejects(follow([() => problem(429, 'too_many_listeners')]), ApiError)
  const { kinds } = await follow([() => stream(reset), () => problem(503, 'stopping'), () => stream(reset)])
  assert.deepEqual(kinds, ['reset', 'lost', 'lost', 'found', 'reset', 'lost'])
})

test('nobody there at the first time, or no platform, is an error at once', async () => {
  await assert.rejects(follow([() => Promise.reject(new TypeError('fetch failed'))]), Unreachable)
  await assert.rejects(follow([() => new Response('<html>')]), Unreachable)
})
