import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Build } from '../src/builds/build.ts'
import type { BuildStore } from '../src/builds/build-store.ts'

export type BuildsUnderTest = AsyncDisposable & { readonly store: BuildStore }

const build = (id: string, more: Partial<Build> = {}): Build => ({
  ...{
    id,
    image: 'demo',
    builder: 'mkosi',
    parameters: { SUITE: 'sid' },
    channel: 'stable',
    state: 'waiting',
  },
  ...{ percent: undefined, note: undefined, job: undefined, logLength: 0, askedAt: 5, askedBy: 'ann' },
  ...{ beganAt: undefined, endedAt: undefined, release: undefined, problem: undefined },
  ...more,
})

/** What every BuildStore promises. */
export function buildStoreContract(name: string, open: () => Promise<BuildsUnderTest>): void {
  const promise = (sentence: string, body: (store: BuildStore) => Promise<void>) =>
    test(`${name}: ${sentence}`, async () => {
      await using under = await open()
      await body(under.store)
    })

  promise('a plan is kept as it is, replaced, and goes', async (store) => {
    const plan = {
      ...{ image: 'demo', builder: 'mkosi', parameters: { A: 'x' }, channel: undefined },
      ...{ changedAt: 8_000_000_000_000, changedBy: 'ann' },
    }
    assert.equal(await store.plan('demo'), undefined)
    await store.setPlan(plan)
    assert.deepEqual(await store.plan('demo'), plan)
    const other = { ...plan, builder: 'kiwi', channel: 'testing', parameters: {} }
    await store.setPlan(other)
    await store.setPlan({ ...plan, image: 'a' })
    await store.setPlan({ ...plan, image: 'b' })
    const { items, next } = await store.plans({ limit: 2 })
    assert.deepEqual([items.map(({ image }) => image), next], [['a', 'b'], 'b'])
    assert.deepEqual(await store.plans({ limit: 2, after: 'b' }), { items: [other], next: undefined })
    assert.deepEqual([await store.removePlan('demo'), await store.removePlan('demo')], [true, false])
  })

  promise('one build of an image is under way at a time, whoever runs it', async (store) => {
    await store.add(build('b1'), 'here')
    await assert.rejects(store.add(build('b2'), 'there'), { code: 'build_running' })
    await store.add(build('b3', { image: 'other' }), 'there')
    assert.deepEqual(await store.underWay('here'), [build('b1')])
    const problem = { code: 'build_cancelled', detail: 'ann' }
    const end = { state: 'cancelled', problem, endedAt: 9 } as const
    assert.deepEqual([await store.end('b1', end), await store.end('b1', end)], [true, false])
    assert.deepEqual(await store.find('b1'), build('b1', { ...end }))
    assert.deepEqual(await store.underWay('here'), [])
    await store.add(build('b2'), 'there')
  })

  promise('how a build is now is kept with its log, until it has ended', async (store) => {
    await store.add(build('b1'), 'here')
    const now = build('b1', {
      ...{ state: 'running', percent: 40, note: 'ü', job: '7', beganAt: 6, logLength: 8_000_000_000_000 },
    })
    const log = 'ü\n'.repeat(100_000)
    assert.equal(await store.save('b1', { ...now, log }), true)
    assert.deepEqual(await store.find('b1'), now)
    assert.equal(await store.log('b1'), log)
    const done = { ...now, state: 'done', endedAt: 9, release: 3 } as const
    assert.equal(await store.save('b1', { ...done, log: 'x' }), true)
    assert.equal(await store.save('b1', { ...now, log: 'y' }), false)
    assert.deepEqual([await store.find('b1'), await store.log('b1')], [done, 'x'])
    assert.deepEqual([await store.find('none'), await store.log('none')], [undefined, ''])
  })

  promise(
    'builds come in pages, the newest first; the oldest of an image that have ended go',
    async (store) => {
      const problem = { code: 'build_lost', detail: '' }
      for (const [at, id] of ['b4', 'b1', 'b3', 'b2', 'b5'].entries()) {
        // Two at the same time.
        await store.add(build(id, { askedAt: at === 3 ? 2 : at }), 'here')
        if (id !== 'b5') await store.end(id, { state: 'lost', problem, endedAt: 9 })
      }
      await store.add(build('c1', { image: 'other', askedAt: 3 }), 'here')
      const found: string[] = []
      for (let after: string | undefined, more = true; more; more = after !== undefined) {
        const { items, next } = await store.list({ limit: 2, after })
        found.push(...items.map(({ id }) => id))
        after = next
      }
      assert.deepEqual(found, ['b5', 'c1', 'b3', 'b2', 'b1', 'b4'])
      await assert.rejects(store.list({ limit: 2, after: 'none' }), { code: 'build_not_found' })
      await store.forgetOld('demo', 2)
      const left = (await store.list({ image: 'demo', limit: 9 })).items.map(({ id }) => id)
      assert.deepEqual(left, ['b5', 'b3', 'b2'])
      assert.equal((await store.list({ image: 'other', limit: 9 })).items.length, 1)
    },
  )
}
