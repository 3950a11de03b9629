import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { FetchOptions } from '@bootcast/content'
import { eventually } from '../../testing/eventually.ts'
import { someRelease } from '../../testing/some-release.ts'
import { nameOf } from './release-book.ts'
import { Warmer } from './warmer.ts'

const releases = new Map([1, 2, 3].map((n) => [`demo@${n}`, someRelease('demo', n)]))
const order = (n: number) => ({ id: `o${n}`, release: `demo@${n}` })
const releaseWith = (digest: string) =>
  nameOf([...releases.values()].find(({ blobs }) => blobs.some((blob) => blob.digest === digest)) as never)

/** A warmer over a cache in memory; `held`: fetches of that release wait until it is let go or given up. */
function scene(t: TestContext) {
  const here = new Set<string>()
  const state = { may: true, held: '', failing: '', changes: 0 }
  const begun: string[] = []
  const givenUp: string[] = []
  const fetch = async (digest: string, { signal, onProgress }: FetchOptions = {}) => {
    const name = releaseWith(digest)
    begun.push(name)
    if (name === state.failing) throw new Error('no room')
    onProgress?.(400)
    while (name === state.held) {
      if (signal?.aborted === true) {
        givenUp.push(name)
        throw signal.reason
      }
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    here.add(digest)
  }
  const warmer = new Warmer({
    blobs: { fetch: fetch as never },
    isHere: (digest) => here.has(digest),
    release: (name) => releases.get(name),
    mayFetch: () => state.may,
    onChange: () => {
      state.changes += 1
    },
    log: () => undefined,
  })
  t.after(() => warmer.stop())
  const states = () => warmer.list().map(({ id, state: how }) => `${id} ${how}`)
  return { warmer, here, state, begun, givenUp, states }
}

test('orders are carried out one after another, each whole, and not again', async (t) => {
  const { warmer, begun, states } = scene(t)
  warmer.follow([order(2), order(1)])
  await eventually(() => states().every((one) => one.endsWith('done')))
  assert.deepEqual(begun, ['demo@2', 'demo@2', 'demo@1', 'demo@1'])
  assert.deepEqual(warmer.list()[0], { id: 'o2', state: 'done', doneBytes: 2000, totalBytes: 2000 })
  warmer.follow([order(2), order(1)])
  await new Promise((resolve) => setTimeout(resolve, 20))
  assert.equal(begun.length, 4)
})

test('what went from the cache is fetched again with the next snapshot', async (t) => {
  const { warmer, here, begun, states } = scene(t)
  warmer.follow([order(1)])
  await eventually(() => states()[0] === 'o1 done')
  here.clear()
  warmer.follow([order(1)])
  await eventually(() => begun.length === 4)
})

test('one that fails says why, and the next is fetched meanwhile; so is one behind what nobody knows', async (t) => {
  const { warmer, state, states } = scene(t)
  state.failing = 'demo@1'
  warmer.follow([{ id: 'x', release: 'gone@1' }, order(1), order(2)])
  await eventually(() => states()[2] === 'o2 done')
  assert.deepEqual(states(), ['x failed', 'o1 failed', 'o2 done'])
  assert.equal(warmer.list()[1]?.error, 'no room')
  assert.match(warmer.list()[0]?.error ?? '', /does not know gone@1/)
})

test('an order that is cancelled while it is fetched is let go of at once', async (t) => {
  const { warmer, state, states, givenUp } = scene(t)
  state.held = 'demo@1'
  warmer.follow([order(1), order(2)])
  await eventually(() => states()[0] === 'o1 fetching')
  assert.equal(warmer.list()[0]?.doneBytes, 400)
  warmer.follow([order(2)])
  await eventually(() => states()[0] === 'o2 done')
  assert.deepEqual([states(), givenUp], [['o2 done'], ['demo@1']])
})

test('a snapshot that still has the order does not disturb it', async (t) => {
  const { warmer, state, states, begun, givenUp } = scene(t)
  state.held = 'demo@1'
  warmer.follow([order(1)])
  await eventually(() => states()[0] === 'o1 fetching')
  warmer.follow([order(3), order(1)])
  state.held = ''
  await eventually(() => states().every((one) => one.endsWith('done')))
  assert.deepEqual([begun.filter((one) => one === 'demo@1').length, givenUp], [2, []])
})

test('when the time for it is over a fetch is put off, and goes on when it comes again', async (t) => {
  const { warmer, state, states, givenUp } = scene(t)
  state.may = false
  state.held = 'demo@1'
  warmer.follow([order(1)])
  assert.deepEqual(states(), ['o1 waiting'])
  state.may = true
  await eventually(() => states()[0] === 'o1 fetching')
  state.may = false
  await eventually(() => givenUp.length === 1)
  await eventually(() => states()[0] === 'o1 waiting')
  state.held = ''
  state.may = true
  await eventually(() => states()[0] === 'o1 done')
})

test('it stops in the middle of a fetch', async (t) => {
  const { warmer, state, states, givenUp } = scene(t)
  state.held = 'demo@1'
  warmer.follow([order(1)])
  await eventually(() => states()[0] === 'o1 fetching')
  await warmer.stop()
  assert.deepEqual(givenUp, ['demo@1'])
})
