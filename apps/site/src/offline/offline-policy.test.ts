import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Asking, Opening } from '@bootcast/boot'
import { bootSourceContract } from '@bootcast/boot/testing/boot-source-contract'
import type { Snapshot } from '@bootcast/uplink'
import { machineOf, OfflineScene, published } from '../../testing/offline-scene.ts'

const mac = '52:54:00:00:00:01'
const from = '10.0.0.9'
const bytes = { kernel: Buffer.from('kernel'), initrd: Buffer.from('initrd'), cmdline: 'quiet' }
const opening: Opening = {
  ...{ id: 'o1', reference: 'demo', criteria: {}, boots: true, opensAt: 1, closesAt: undefined },
  ...{ times: undefined, used: 0, closedAt: undefined },
}

bootSourceContract(
  'OfflinePolicy',
  async () => {
    const scene = new OfflineScene()
    scene.follow()
    const change = (more: Parameters<typeof machineOf>[1]) => {
      const [before] = scene.snapshot.machines
      scene.follow({ machines: [{ ...machineOf(mac), ...before, ...more }] })
    }
    return {
      // A new one for each snapshot, as the boot services see it.
      source: {
        decide: (asking) => scene.policy.source.decide(asking),
        heard: (machine) => scene.policy.source.heard(machine),
        quirksOf: (of) => scene.policy.source.quirksOf(of),
        openFile: (digest) => scene.policy.source.openFile(digest),
      },
      assign: async (_, image) => {
        scene.follow(published(await scene.release('demo', image)))
        change({ image: 'demo' })
      },
      setQuirks: async (_, quirks) => change(quirks),
      close: async () => undefined,
    }
  },
  { cannotBreak: 'a snapshot is in memory' },
)

/** A site with the image demo, and what else its snapshot says. */
async function scene(more: Partial<Snapshot> = {}, cmdline = 'quiet') {
  const offline = new OfflineScene()
  offline.follow({ ...published(await offline.release('demo', { ...bytes, cmdline })), ...more })
  const decide = (asking: Partial<Asking> = {}) =>
    offline.policy.source.decide({ machine: { mac, architecture: 'x86_64' }, from, ...asking })
  const reasonOf = async (asking?: Partial<Asking>) => {
    const { plan } = await decide(asking)
    return 'reason' in plan ? `${plan.method}: ${plan.reason}` : plan.method
  }
  return { offline, decide, reasonOf }
}

test('without a snapshot, and when it has become too old, machines wait and are told why', async () => {
  const { offline, reasonOf } = await scene({ defaultImage: 'demo' })
  assert.equal(await reasonOf(), 'linux')
  offline.now = 2_000
  assert.match(await reasonOf(), /^wait: this site has not heard from its platform for so long/)
  offline.now = 1_999
  assert.equal(await reasonOf(), 'linux')
  offline.policy.follow(undefined)
  assert.match(await reasonOf(), /^wait: this site has not heard from its platform yet/)
})

test('openings hold; those of a number of boots are closed, since the platform counts them', async () => {
  const { offline, decide, reasonOf } = await scene({ openings: [opening] })
  assert.deepEqual((await decide()).leave, { by: 'opening', opening: 'o1' })
  offline.follow({ openings: [{ ...opening, times: 5 }] })
  assert.equal(await reasonOf(), 'menu')
  offline.follow({ openings: [{ ...opening, closesAt: 1_400 }] })
  assert.equal(await reasonOf(), 'menu')
})

test('an opening for another site, or for a subnet where the machine is not, means nothing here', async () => {
  const { offline, reasonOf } = await scene({ openings: [{ ...opening, criteria: { site: 'paris' } }] })
  assert.equal(await reasonOf(), 'menu')
  offline.follow({ openings: [{ ...opening, criteria: { subnet: '10.0.1.0/24' } }] })
  assert.equal(await reasonOf(), 'menu')
  offline.follow({ openings: [{ ...opening, criteria: { site: 'grenoble', subnet: '10.0.0.0/24' } }] })
  assert.equal(await reasonOf(), 'linux')
})

test('a machine that is assigned what this site may not know waits, whatever its default is', async () => {
  const { reasonOf } = await scene({
    site: { id: 's1', name: 'grenoble', images: ['demo'] },
    machines: [machineOf(mac, { image: 'not-permitted-here' })],
    defaultImage: 'demo',
  })
  assert.match(await reasonOf(), /^wait: .*not permitted at the site grenoble/)
})

test('a channel, a number, and an image without the usual channel mean what the platform says', async () => {
  const { offline, decide } = await scene()
  const second = await offline.release('demo', { ...bytes, cmdline: 'second' }, 2)
  const releases = [...offline.snapshot.releases, second as never]
  const channels = [
    { name: 'stable', number: 1 },
    { name: 'testing', number: 2 },
  ]
  offline.follow({ releases, images: [{ name: 'demo', channels }] })
  const bootsOf = async (image: string) => {
    offline.follow({ machines: [machineOf(mac, { image })] })
    return (await decide()).release
  }
  assert.equal(await bootsOf('demo'), 'demo@1')
  assert.equal(await bootsOf('demo@testing'), 'demo@2')
  assert.equal(await bootsOf('demo@2'), 'demo@2')
  assert.equal(await bootsOf('demo@7'), undefined)
  assert.equal(await bootsOf('demo@constructor'), undefined)
  offline.follow({ images: [{ name: 'demo', channels: [] }], references: { demo: 'demo@2' } })
  assert.equal(await bootsOf('demo'), 'demo@2')
})

test('parameters are at their defaults; values that the platform keeps are waited for', async () => {
  const { offline, decide, reasonOf } = await scene({ defaultImage: 'demo' }, 'disk={{disk}} quiet')
  const [release] = offline.snapshot.releases
  assert.ok(release?.variants[0])
  const { config } = release.variants[0]
  const withDefault = {
    ...release.variants[0],
    config: { ...config, parameters: [{ name: 'disk', default: 'sda' }] },
  }
  const other = new OfflineScene()
  other.follow({ ...published({ ...release, variants: [withDefault] } as never), defaultImage: 'demo' })
  const asked = { machine: { mac, architecture: 'x86_64' }, from } as const
  const { plan } = await other.policy.source.decide(asked)
  assert.equal(plan.method === 'linux' && plan.cmdline, 'disk=sda quiet')
  for (const asking of [
    { images: ['demo'], machines: [] },
    { images: [], machines: [mac] },
  ]) {
    offline.follow({ asking })
    assert.match(await reasonOf(), /^wait: .*its disk is at the platform, which this site cannot reach now/)
  }
  offline.follow({
    asking: { images: [], machines: ['room-7'] },
    machines: [machineOf(mac, { labels: ['room-7'] })],
  })
  assert.match(await reasonOf(), /disk is at the platform/)
  offline.follow({ asking: { images: ['other'], machines: [] } })
  assert.equal((await decide()).plan.method, 'linux')
})

test('a user boots what the snapshot says; one that it does not name boots nothing and may not sign in', async () => {
  const { offline, decide, reasonOf } = await scene({ users: [{ name: 'ann', images: ['demo'] }] })
  const menu = (await decide({ user: 'ann' })).plan
  assert.deepEqual(menu.method === 'menu' && menu.images.map(({ reference }) => reference), ['demo@stable'])
  assert.equal((await decide({ user: 'ann', choice: 'demo' })).release, 'demo@1')
  assert.match(await reasonOf({ user: 'eve', choice: 'demo' }), /^refuse/)
  assert.deepEqual([offline.policy.knowsUser('ann'), offline.policy.knowsUser('eve')], [true, false])
  offline.now = 2_000
  assert.equal(offline.policy.knowsUser('ann'), false)
})

test('nobody can approve a code while the platform is away: the menu takes something else', async () => {
  const { decide } = await scene({ menu: { menuDefault: 'code', menuSeconds: 60 } })
  const { plan } = await decide()
  assert.equal(plan.method === 'menu' && plan.preselected, 'wait')
})

test('a one-shot that was used here is used up, until the platform has heard of it and said something new', async () => {
  const { offline, decide, reasonOf } = await scene({
    machines: [machineOf(mac, { nextImage: 'demo' })],
  })
  const { leave, release } = await decide()
  assert.deepEqual([leave, release], [{ by: 'one-shot' }, 'demo@1'])
  await offline.policy.source.started({ machine: { mac }, release, leave, user: undefined })
  assert.equal(await reasonOf(), 'menu')
  offline.isTold = false
  offline.follow({ version: '0.1.1' })
  assert.equal(await reasonOf(), 'menu')
  offline.isTold = true
  offline.follow({ machines: [machineOf(mac, { nextImage: 'demo' })] })
  assert.equal(await reasonOf(), 'linux')
})

test('what was installed here is not installed again', async () => {
  const { offline, reasonOf } = await scene({ machines: [machineOf(mac, { image: 'demo' })] })
  const call = { mac, release: 'demo@1', text: '' } as const
  await offline.policy.source.phonedHome({ ...call, state: 'failed', installs: true })
  assert.equal(await reasonOf(), 'linux')
  await offline.policy.source.phonedHome({ ...call, state: 'done', installs: true })
  assert.match(await reasonOf(), /^local-disk: demo@1 is installed/)
})

test('any number of made-up machines make it forget the oldest changes, not all of them', async () => {
  const { offline, reasonOf } = await scene({ machines: [machineOf(mac, { image: 'demo' })] })
  const done = (of: string) =>
    offline.policy.source.phonedHome({ mac: of, release: 'demo@1', text: '', state: 'done', installs: true })
  for (let n = 0; n < 10_000; n += 1) await done(`old ${n}`)
  await done(mac)
  for (let n = 0; n < 19_000; n += 1) await done(`new ${n}`)
  assert.match(await reasonOf(), /^local-disk/)
})
