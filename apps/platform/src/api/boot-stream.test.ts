import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import { type BootsFollowed, followBoots } from '@bootcast/contract'
import { head, refusal, rigToken, startApiRig } from '../../testing/api-rig.ts'
import { mac, ways } from '../../testing/boot-scenes.ts'
import { MemoryBootStore } from '../../testing/memory-boot-store.ts'
import { Boots } from '../boots/boots.ts'
import { newId } from '../database/open.ts'
import { NotSignedIn } from '../identity/sessions.ts'
import { nobody } from './admission.ts'
import { bootHandlers } from './boot-handlers.ts'

async function rig(t: TestContext, changes: Parameters<typeof startApiRig>[0] = {}) {
  const onError = (error: unknown) => assert.fail(String(error))
  const boots = new Boots({ store: new MemoryBootStore(), newId, onError })
  const handlers = bootHandlers({ boots, savedAtSites: async () => [] })
  const api = await startApiRig({ feed: boots.feed, handlers, ...changes })
  t.after(async () => {
    await api[Symbol.asyncDispose]()
    await boots.stop()
  })
  const path = `${api.url}/api/v1/boots/events`
  const listen = (more: Record<string, string> = {}) =>
    fetch(path, { headers: { authorization: `Bearer ${rigToken}`, ...more } })
  return { api, boots, listen, path }
}

/** Reads until the text has these words. */
async function readUntil(response: Response, words: string | RegExp): Promise<string> {
  const reader = response.body?.getReader()
  let text = ''
  while (reader !== undefined) {
    const { done, value } = await reader.read()
    text += Buffer.from(value ?? []).toString()
    if (typeof words === 'string' ? text.includes(words) : words.test(text)) break
    if (done) break
  }
  reader?.releaseLock()
  return text
}

test('a listener is told to list, then hears each event once with its boot', async (t) => {
  const { boots, listen } = await rig(t)
  const response = await listen()
  assert.deepEqual(
    ['content-type', 'cache-control', 'x-content-type-options'].map((name) => response.headers.get(name)),
    ['text/event-stream', 'no-store', 'nosniff'],
  )
  const beginning = await readUntil(response, 'reset')
  assert.match(beginning, /^id: \d+-0\nevent: reset\ndata: \{\}\n\n$/)
  for (const event of ways.untilStart) boots.note(event)
  const text = await readUntil(response, '"kind":"started"')
  const messages = [...text.matchAll(/^id: \d+-(\d+)\nevent: boot\ndata: (.*)\n\n/gm)]
  assert.deepEqual(
    messages.map(([, n]) => Number(n)),
    messages.map((_, at) => at + 1),
  )
  const { boot, event } = JSON.parse(messages[0]?.[2] ?? '')
  assert.deepEqual([boot.mac, boot.state, event.kind, event.n], [mac, 'booting', 'discover', 1])
  assert.match(event.at, /^\d{4}-\d\d-\d\dT.*Z$/)
})

test('who comes back with the last id gets what it missed, without a word about listing', async (t) => {
  const { boots, listen } = await rig(t)
  for (const event of ways.untilLoader) boots.note(event)
  const first = await listen()
  const [, start] = /id: (\d+)-/.exec(await readUntil(first, 'reset')) ?? []
  const again = await readUntil(await listen({ 'last-event-id': `${start}-5` }), /-7\n.*\n.*\n\n/)
  assert.deepEqual(
    [...again.matchAll(/^id: \d+-(\d+)/gm)].map(([, n]) => n),
    ['6', '7'],
  )
  assert.ok(!again.includes('reset'))
})

test('without a token, or with a wrong one, nobody listens', async (t) => {
  const { path } = await rig(t)
  for (const headers of [{}, { authorization: 'Bearer nonsense' }])
    assert.equal((await refusal(await fetch(path, { headers }))).code, 'not_signed_in')
})

test('a heartbeat comes while nothing happens, and a token that ends ends the stream', async (t) => {
  let isSignedIn = true
  const sessionOf = async () => {
    if (!isSignedIn) throw new NotSignedIn('sign in')
    return { ...nobody, user: 'admin', role: 'viewer' as const }
  }
  const { listen, boots } = await rig(t, { sessionOf, timing: { heartbeatMs: 20 } })
  const response = await listen()
  await readUntil(response, ': \n\n')
  isSignedIn = false
  assert.match(await readUntil(response, 'event: end'), /event: end\ndata: \{"reason":"signed-out"\}/)
  assert.equal(boots.feed.listeners, 0)
})

test('a platform that stops ends the stream with a word, and lets nobody in', async (t) => {
  const stopping = new AbortController()
  const { listen, boots } = await rig(t, { stopping: stopping.signal })
  const response = await listen()
  await readUntil(response, 'reset')
  stopping.abort(new Error('stop'))
  assert.match(await readUntil(response, 'event: end'), /"reason":"stopping"/)
  assert.equal(boots.feed.listeners, 0)
  assert.equal((await refusal(await listen())).code, 'stopping')
})

test('more listeners than there is room for are refused, and a place that gets free is given again', async (t) => {
  const { listen, boots } = await rig(t)
  const listeners = Array.from({ length: 32 }, () => listen())
  for (const response of await Promise.all(listeners)) assert.equal(response.status, 200)
  assert.equal((await refusal(await listen())).code, 'too_many_listeners')
  const [first] = await Promise.all(listeners)
  await first?.body?.cancel()
  for (let tries = 0; tries < 100 && boots.feed.listeners === 32; tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 10))
  assert.equal((await listen()).status, 200)
})

test('a listener that does not read is let go, and holds up nobody', async (t) => {
  const { api, boots, listen } = await rig(t)
  const deaf = connect(api.port, '127.0.0.1')
  t.after(() => deaf.destroy())
  deaf.pause()
  deaf.write(head('GET', '/api/v1/boots/events'))
  await once(deaf, 'connect')
  const response = await listen()
  await readUntil(response, 'reset')
  for (let tries = 0; tries < 100 && boots.feed.listeners < 2; tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 10))
  boots.note(ways.untilStart[0] as never)
  const reading = readUntil(response, 'the last word')
  for (let n = 0; n < 40_000 && boots.feed.listeners === 2; n += 1) {
    boots.note({ kind: 'phone-home', mac, state: 'line', text: `line ${n} ${'x'.repeat(180)}` })
    if (n % 100 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  assert.equal(boots.feed.listeners, 1)
  boots.note({ kind: 'phone-home', mac, state: 'done', text: 'the last word' })
  assert.ok((await reading).includes('the last word'))
})

test('the client follows through a platform that goes away and comes back, and loses nothing', async (t) => {
  const { api, boots } = await rig(t)
  const ending = new AbortController()
  const followed: BootsFollowed[] = []
  let opened = 0
  const following = (async () => {
    const cut: typeof fetch = async (url, init) => {
      opened += 1
      if (opened === 2) throw new TypeError('fetch failed')
      return await fetch(url, init)
    }
    const options = { url: api.url, token: rigToken, fetch: cut, wait: async () => {}, signal: ending.signal }
    for await (const one of followBoots(options)) followed.push(one)
  })()
  const until = async (holds: () => boolean) => {
    for (let tries = 0; tries < 500 && !holds(); tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 10))
    assert.ok(holds(), JSON.stringify(followed))
  }
  const news = () => followed.flatMap((one) => (one.kind === 'news' ? [one.news.event?.kind] : []))
  await until(() => followed.length === 1)
  for (const event of ways.untilLoader.slice(0, 4)) boots.note(event)
  await until(() => news().length === 4)
  api.cutConnections()
  for (const event of ways.untilLoader.slice(4)) boots.note(event)
  await until(() => news().length === 7)
  ending.abort()
  await following
  assert.deepEqual(news(), ['discover', 'offer', 'request', 'discover', 'offer', 'tftp', 'tftp'])
  assert.deepEqual(
    followed.map(({ kind }) => kind).filter((kind) => kind !== 'news'),
    ['reset', 'lost', 'lost', 'found'],
  )
})

test('a boot is shown by its id, and what is none of the right form is refused', async (t) => {
  const { api, boots } = await rig(t)
  for (const event of ways.untilStart) boots.note(event)
  const get = (path: string) =>
    fetch(`${api.url}/api/v1/boots${path}`, { headers: { authorization: `Bearer ${rigToken}` } })
  const { items } = (await (await get('')).json()) as { items: { id: string; state: string }[] }
  const shown = (await (await get(`/${items[0]?.id}`)).json()) as {
    timeline: { kind: string }[]
    release: string
  }
  assert.deepEqual(
    [shown.release, shown.timeline.length, shown.timeline.at(-1)?.kind],
    ['demo@3', 15, 'started'],
  )
  assert.equal((await refusal(await get('/nonsense'))).code, 'invalid_request')
  assert.equal((await refusal(await get('/01a216de-5be8-7450-aef1-6dcf770ead44'))).code, 'boot_not_found')
  assert.equal((await refusal(await get('?state=asleep'))).code, 'invalid_request')
})
