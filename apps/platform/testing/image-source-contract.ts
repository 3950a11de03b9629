import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { NewSource, SourceDetail } from '@bootcast/contract'
import { startWholePlatform } from './platform-suite.ts'

/** A server of one kind of source, as a test needs it. */
export type SourceUnderTest = AsyncDisposable & {
  /** The name of its only image here, after the prefix. */
  readonly image: string
  /** How it is added, with the right secret. */
  readonly wish: NewSource
  /** A secret that the server refuses. */
  readonly wrong: string
  /** Puts something into its image that is another with another marker. */
  readonly publish: (marker: string) => Promise<void>
  /** The same content once more, as another thing. */
  readonly again: (marker: string) => Promise<void>
  /** Whether it answers at all. */
  readonly setAway: (isAway: boolean) => void
}

export type Platform = Awaited<ReturnType<typeof startWholePlatform>>

/** A sync that ends. */
export async function synced({ client }: Pick<Platform, 'client'>, name: string): Promise<SourceDetail> {
  await client.call('syncSource', { params: { name } })
  for (;;) {
    const found = await client.call('showSource', { params: { name } })
    if (found.progress === undefined) return found
    await sleep(20)
  }
}

/** Adds it and waits for its first sync. */
export async function added(platform: Platform, body: NewSource): Promise<SourceDetail> {
  await platform.client.call('addSource', { body })
  return await synced(platform, body.name)
}

/** What any source does, through a whole platform. */
export function imageSourceContract(kind: string, open: () => Promise<SourceUnderTest>): void {
  describe(`a source of the kind ${kind}`, () => {
    const opened = new AsyncDisposableStack()
    let platform: Platform
    before(async () => {
      platform = opened.use(await startWholePlatform())
    })
    after(() => opened.disposeAsync())
    const image = async (name: string) => await platform.client.call('showImage', { params: { name } })
    const numbers = async (name: string) => (await image(name)).releases.map(({ number }) => number)

    test('what it has becomes a release, once; what comes later the next; what is the same none', async () => {
      await using source = await open()
      await source.publish('one')
      const first = await added(platform, { ...source.wish, name: 'first', prefix: 'a-' })
      assert.equal(first.problem, undefined)
      assert.deepEqual(
        first.items.map(({ image, number, problem }) => [image, number, problem]),
        [[`a-${source.image}`, 1, undefined]],
      )
      const { releases, channels } = await image(`a-${source.image}`)
      assert.deepEqual(
        [releases[0]?.createdBy, channels[0]?.name, channels[0]?.number],
        ['source:first', 'stable', 1],
      )
      await synced(platform, 'first')
      assert.deepEqual(await numbers(`a-${source.image}`), [1])
      await source.publish('two')
      assert.equal((await synced(platform, 'first')).problem, undefined)
      const later = await image(`a-${source.image}`)
      assert.deepEqual(
        later.releases.map(({ number }) => number),
        [2, 1],
      )
      assert.deepEqual(later.releases[1]?.variants, releases[0]?.variants)
      assert.equal(later.channels[0]?.number, 2)
      await source.again('two')
      const same = await synced(platform, 'first')
      assert.deepEqual([same.problem, same.refused], [undefined, 0])
      assert.deepEqual(await numbers(`a-${source.image}`), [2, 1])
      const { items } = await platform.client.call('listAudit', { query: { who: 'source:first' } })
      assert.deepEqual(
        items.map(({ about }) => about),
        [`a-${source.image}@2`, `a-${source.image}@1`],
      )
    })

    test('after it was removed and added again nothing comes twice, and no channel moves', async () => {
      await using source = await open()
      const wish = { ...source.wish, name: 'gone', prefix: 'b-' }
      await source.publish('one')
      await added(platform, wish)
      await source.publish('two')
      await synced(platform, 'gone')
      await platform.client.call('removeSource', { params: { name: 'gone' } })
      const found = await added(platform, wish)
      assert.deepEqual(
        [found.problem, found.refused, Math.max(...found.items.map(({ number = 0 }) => number))],
        [undefined, 0, 2],
      )
      const { releases, channels } = await image(`b-${source.image}`)
      assert.deepEqual([releases.map(({ number }) => number), channels[0]?.number], [[2, 1], 2])
      await source.again('one')
      assert.equal((await synced(platform, 'gone')).problem, undefined)
      assert.deepEqual(await numbers(`b-${source.image}`), [2, 1], 'what was there once is not made again')
      const { items } = await platform.client.call('listAudit', { query: { who: 'source:gone' } })
      assert.deepEqual(
        items.map(({ about }) => about),
        [`b-${source.image}@2`, `b-${source.image}@1`],
      )
    })

    test('an image that did not come from it is left as it is', async () => {
      await using source = await open()
      await source.publish('one')
      await added(platform, { ...source.wish, name: 'other', prefix: 'c-' })
      const found = await added(platform, { ...source.wish, name: 'taker', prefix: 'c-' })
      assert.match(
        found.items[0]?.problem ?? '',
        /an image c-demo\d* here that did not come from this source/,
      )
      assert.deepEqual([found.refused, await numbers(`c-${source.image}`)], [1, [1]])
    })

    test('a wrong secret is told, and no secret is ever', async () => {
      await using source = await open()
      await source.publish('one')
      const found = await added(platform, {
        ...source.wish,
        name: 'wrong',
        prefix: 'd-',
        secret: source.wrong,
      })
      assert.match(found.problem ?? '', /refuses|password is wrong/)
      assert.deepEqual(found.items, [])
      const told = JSON.stringify([found, await platform.client.call('listSources', {}), platform.logged])
      assert.ok(!told.includes(source.wrong) && !told.includes(source.wish.secret ?? ''))
    })

    test('one that does not answer is told, and asked again', async () => {
      await using source = await open()
      await source.publish('one')
      source.setAway(true)
      const away = await added(platform, { ...source.wish, name: 'away', prefix: 'e-' })
      assert.ok(
        away.problem !== undefined && away.lastSuccessAt === undefined && away.nextSyncAt !== undefined,
      )
      source.setAway(false)
      const back = await synced(platform, 'away')
      assert.deepEqual([back.problem, back.releases], [undefined, 1])
      assert.notEqual(back.lastSuccessAt, undefined)
    })

    test('only what is wanted is taken', async () => {
      await using source = await open()
      await source.publish('one')
      const found = await added(platform, { ...source.wish, name: 'only', prefix: 'f-', only: ['nothing*'] })
      assert.deepEqual([found.problem, found.items], [undefined, []])
    })
  })
}
