import assert from 'node:assert/strict'
import { buffer } from 'node:stream/consumers'
import { test } from 'node:test'
import type { Asking, Opening } from '@bootcast/boot'
import { digestOf } from '@bootcast/content'
import { MemoryPlatform } from '../testing/memory-platform.ts'

const mac = '52:54:00:00:00:01'
const machine = { mac, architecture: 'x86_64' } as const
const site = { name: 'grenoble', images: new Set(['demo']) }
const opening: Opening = {
  ...{ id: 'o1', reference: 'secret', criteria: {}, boots: true, opensAt: 1, closesAt: undefined },
  ...{ times: undefined, used: 0, closedAt: undefined },
}

/** A platform with the images demo and secret, asked by a machine at a site that may not have the second. */
async function scene() {
  const platform = new MemoryPlatform()
  await platform.publish('demo')
  await platform.publish('secret')
  const source = platform.source()
  const decide = (asking: Partial<Asking> = {}) =>
    source.decide({ machine, from: '10.0.0.9', site, ...asking })
  return { platform, source, decide }
}
const unpermitted = /secret is not permitted at the site grenoble/

test('at a site nothing boots that may not be there: by assignment, once, by default, or by an opening', async () => {
  const { platform, decide } = await scene()
  platform.change(mac, { image: 'secret' })
  assert.match((await decide()).because, unpermitted)
  assert.equal((await decide()).plan.method, 'wait')
  assert.equal((await decide({ site: undefined })).release, 'secret@1')
  assert.equal((await decide({ site: { name: 'paris', images: 'all' } })).release, 'secret@1')
  platform.change(mac, { image: 'demo', nextImage: 'secret@1' })
  assert.match((await decide()).because, unpermitted)
  platform.change(mac, { image: null, nextImage: null })
  platform.defaultImage = 'secret'
  assert.match((await decide()).because, unpermitted)
  platform.defaultImage = 'demo'
  assert.equal((await decide()).release, 'demo@1')
})

test('an opening of what may not be there is passed over, and the next rule decides', async () => {
  const { platform, decide } = await scene()
  platform.openings.put(opening)
  platform.defaultImage = 'demo'
  assert.equal((await decide()).release, 'demo@1')
  assert.equal((await decide({ site: undefined })).release, 'secret@1')
})

test('the menu at a site names what may be there and nothing else; what is picked all the same is refused', async () => {
  const { decide } = await scene()
  const references = async (asking: Partial<Asking>) => {
    const { plan } = await decide({ user: 'ann', ...asking })
    return plan.method === 'menu' ? plan.images.map(({ reference }) => reference) : plan.method
  }
  assert.deepEqual(await references({}), ['demo@stable'])
  assert.deepEqual(await references({ site: undefined }), ['demo@stable', 'secret@stable'])
  assert.equal((await decide({ user: 'ann', choice: 'demo@stable' })).release, 'demo@1')
  const { plan, because } = await decide({ user: 'ann', choice: 'secret@stable' })
  assert.equal(plan.method, 'refuse')
  assert.match(because, unpermitted)
})

test('an opening for a site is for machines that ask there, whatever was last known of them', async () => {
  const { platform, decide } = await scene()
  platform.openings.put({ ...opening, reference: 'demo', criteria: { site: 'grenoble' } })
  assert.deepEqual((await decide()).leave, { by: 'opening', opening: 'o1' })
  assert.equal((await decide({ site: { name: 'paris', images: 'all' } })).leave, undefined)
  assert.equal((await decide({ site: undefined })).leave, undefined)
})

test('of an opening whose last boot went to another machine in that moment, this one waits', async () => {
  const { platform, decide } = await scene()
  platform.openings.put({ ...opening, reference: 'demo', times: 1 })
  assert.equal((await decide()).release, 'demo@1')
  const { plan, because } = await decide()
  assert.deepEqual([plan.method, because.includes('given to another machine')], ['wait', true])
  assert.deepEqual(platform.noted, [`boot ${mac} demo@1`])
})

test('a one-shot is used up when the machine has started, and not before', async () => {
  const { platform, source, decide } = await scene()
  platform.change(mac, { nextImage: 'demo' })
  await decide()
  const { leave, release } = await decide()
  assert.deepEqual(leave, { by: 'one-shot' })
  await source.started({ machine, release, leave, user: undefined })
  assert.equal((await decide()).plan.method, 'menu')
})

test('another image that a machine got for its next boot meanwhile is not used up with the one that started', async () => {
  const { platform, source, decide } = await scene()
  platform.change(mac, { nextImage: 'demo' })
  await decide()
  const { leave, release } = await decide()
  platform.change(mac, { nextImage: 'secret' })
  await source.started({ machine, release, leave, user: undefined })
  assert.equal((await decide({ site: undefined })).release, 'secret@1')
})

test('a file in a container is read at its place while the container arrives, by its own positions', async () => {
  const platform = new MemoryPlatform()
  const container = Buffer.from('0123456789the kernel!rest')
  const blob = digestOf(container)
  const published = await platform.publish('demo', container)
  const inside = { role: 'kernel', name: 'vmlinuz', digest: digestOf(Buffer.from('the kernel!')), size: 11 }
  const [variant] = published.variants
  assert.ok(variant)
  platform.add({
    ...published,
    number: 2,
    variants: [{ ...variant, files: [{ ...inside, blob, offset: 10 }] }],
  })
  const asked: unknown[] = []
  const source = platform.source({
    fileOf: async (digest) => {
      assert.equal(digest, blob)
      const ready = async (first: number, last: number, signal?: AbortSignal) => {
        asked.push([first, last, signal?.aborted])
        return Math.min(last, first + 3)
      }
      return { path: '/of/the/container', ready }
    },
  })
  const file = await source.openFile(inside.digest)
  assert.ok(file?.ready)
  assert.deepEqual([file.path, file.offset, file.size], ['/of/the/container', 10, 11])
  assert.equal(await file.ready(0, 10, AbortSignal.abort()), 3)
  assert.equal(await file.ready(9, 10), 10)
  assert.deepEqual(asked, [
    [10, 20, true],
    [19, 20, undefined],
  ])
  assert.equal((await buffer(await file.read(4, 9))).toString(), 'kernel')
})

test('a container that is here whole has a path and nothing to wait for; one that is missing is an error', async () => {
  const platform = new MemoryPlatform()
  const kernel = Buffer.from('the kernel')
  await platform.publish('demo', kernel)
  const whole = await platform.source({ fileOf: async () => ({ path: '/here' }) }).openFile(digestOf(kernel))
  assert.deepEqual([whole?.path, whole?.offset, whole && 'ready' in whole], ['/here', 0, false])
  const missing = platform.source({
    fileOf: async () => {
      throw new Error('the upstream is away')
    },
  })
  await assert.rejects(missing.openFile(digestOf(kernel)), /away/)
})
