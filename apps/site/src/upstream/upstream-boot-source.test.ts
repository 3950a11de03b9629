import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BootDecision } from '@bootcast/boot'
import { bootSourceContract } from '@bootcast/boot/testing/boot-source-contract'
import { SiteRevoked, UpstreamRefused } from '@bootcast/uplink'
import { FakeUplink } from '../../testing/fake-uplink.ts'
import { machineOf, OfflineScene, published } from '../../testing/offline-scene.ts'
import { someDigest, someRelease } from '../../testing/some-release.ts'
import { UpstreamBootSource } from './upstream-boot-source.ts'

const mac = '52:54:00:00:00:01'
const from = '10.0.0.9'
const asking = { machine: { mac }, from }
const wait: BootDecision = {
  plan: { method: 'wait', reason: 'the platform says so', seconds: 5 },
  because: 'a test',
}

/** A site whose upstream decides as its own `OfflineScene` does, over the same bytes. */
function scene() {
  const offline = new OfflineScene()
  const platform = new OfflineScene()
  const uplink = new FakeUplink({
    decide: async (question) => {
      const decision = await platform.policy.source.decide(question)
      const release = platform.snapshot.releases.find(
        ({ image, number }) => `${image}@${number}` === decision.release,
      )
      return { decision, places: {}, ...(release !== undefined && { release }) } as never
    },
  })
  const told: unknown[] = []
  const seen = {
    booted: [] as string[],
    heard: [] as unknown[],
    refused: [] as unknown[],
    log: [] as string[],
  }
  const outbox = {
    isFull: false,
    add: async (name: string, input: unknown) => {
      if (outbox.isFull) throw new Error('database or disk is full')
      told.push([name, input])
    },
  }
  const source = new UpstreamBootSource({
    ...{ uplink, offline: offline.policy, book: offline.book, outbox: outbox as never },
    heard: { add: (machine) => seen.heard.push(machine) },
    refusals: { add: (refusal) => seen.refused.push(refusal) },
    onBoot: (release) => seen.booted.push(release),
    log: (level, message) => seen.log.push(`${level}: ${message}`),
  })
  return { source, offline, platform, uplink, outbox, told, ...seen }
}

bootSourceContract('UpstreamBootSource', async () => {
  const { source, offline, platform, uplink } = scene()
  platform.follow()
  offline.follow()
  return {
    source,
    assign: async (_, image) => {
      const release = await platform.release('demo', image)
      await offline.release('demo', image)
      platform.follow({ ...published(release), machines: [machineOf(mac, { image: 'demo' })] })
    },
    setQuirks: async (_, quirks) => offline.follow({ machines: [machineOf(mac, quirks)] }),
    breakDown: async () => {
      uplink.answers.decide = () => {
        throw new UpstreamRefused({ code: 'invalid_request', status: 400, detail: 'no' })
      }
      offline.blobs.read = async () => {
        throw new Error('the disk is broken')
      }
      offline.policy.source.openFile = async () => {
        throw new Error('the disk is broken')
      }
    },
    close: async () => undefined,
  }
})

test('the upstream decides while it is there, whatever the last snapshot says; away, the snapshot does', async () => {
  const { source, offline, uplink, booted } = scene()
  const release = await offline.release('demo', {
    kernel: Buffer.from('k'),
    initrd: Buffer.from('i'),
    cmdline: '',
  })
  offline.follow({ ...published(release), defaultImage: 'demo' })
  uplink.answers.decide = () => ({ decision: wait, places: {} }) as never
  assert.deepEqual(await source.decide({ ...asking, user: 'ann', choice: 'demo' }), wait)
  assert.deepEqual(uplink.told('decide'), [{ machine: { mac }, from, user: 'ann', choice: 'demo' }])
  assert.deepEqual(booted, [])
  uplink.isAway = true
  assert.equal((await source.decide(asking)).release, 'demo@1')
  assert.deepEqual(booted, ['demo@1'])
})

test('what the upstream refuses is not decided by an older word', async () => {
  const { source, offline, uplink } = scene()
  offline.follow({ defaultImage: 'demo' })
  uplink.answers.decide = () => {
    throw new UpstreamRefused({ code: 'too_many_requests', status: 429, detail: 'later' })
  }
  await assert.rejects(source.decide(asking), { code: 'too_many_requests' })
})

test('a revoked site boots nothing, and its machines are told', async () => {
  const { source, uplink } = scene()
  uplink.answers.decide = () => {
    throw new SiteRevoked({ code: 'site_revoked', status: 403, detail: 'over' })
  }
  const { plan } = await source.decide(asking)
  assert.match(plan.method === 'wait' ? plan.reason : '', /revoked/)
})

test('what the upstream boots is known here from then on: its files, and those beside releases', async () => {
  const { source, uplink, offline } = scene()
  const place = { blob: someDigest(8), offset: 3, size: 5, blobSize: 9 }
  uplink.answers.decide = () =>
    ({ decision: wait, places: { [someDigest(7)]: place }, release: someRelease('demo', 4) }) as never
  await source.decide(asking)
  assert.ok(offline.book.find('demo@4'))
  assert.deepEqual(offline.book.fileAt(someDigest(7)), { blob: someDigest(8), offset: 3, size: 5 })
})

test('a release of a kind that this version does not know: the machine waits and says for what', async () => {
  const { source, uplink, booted } = scene()
  const release = someRelease('demo', 4)
  const config = { schema: 99, boot: { method: 'teleport' } }
  const strange = { ...release, variants: release.variants.map((variant) => ({ ...variant, config })) }
  uplink.answers.decide = () =>
    ({ decision: { ...wait, release: 'demo@4' }, places: {}, release: strange }) as never
  const { plan } = await source.decide(asking)
  assert.match(plan.method === 'wait' ? plan.reason : '', /demo 4 needs a newer version of Bootcast/)
  assert.deepEqual(booted, [])
})

test('a full disk does not take from a machine what it has booted; what it must know is refused', async () => {
  const { source, outbox, told, log } = scene()
  outbox.isFull = true
  await source.started({ machine: { mac }, release: 'demo@1', leave: undefined, user: undefined })
  assert.deepEqual(log, ['error: that a machine has started is not known to the platform'])
  const call = { mac, release: 'demo@1', state: 'done', text: '', installs: true } as const
  await assert.rejects(source.phonedHome(call), /full/)
  outbox.isFull = false
  await source.phonedHome(call)
  assert.deepEqual(told, [['phonedHome', call]])
})

test('of a disk that is written only the end is kept for the platform: the rest is in its timeline', async () => {
  const { source, told } = scene()
  const report = (state: 'write' | 'done') => ({ mac, release: 'demo@1', state, done: 1, total: 2 })
  for (let n = 0; n < 50; n += 1) await source.reported(report('write'))
  await source.reported(report('done'))
  assert.deepEqual(told, [['reported', report('done')]])
})

test('documents are made by the platform, and there are none while it is away', async () => {
  const { source, uplink } = scene()
  const boot = { machine: { mac }, release: 'demo@1', leave: undefined, user: undefined }
  await assert.rejects(source.openDocument(boot, 'preseed', '', 'http://10.0.0.1/b/k'), {
    code: 'upstream_away',
  })
  uplink.answers.document = ({ role, bootUrl }) => ({ text: `${role} for ${bootUrl}` })
  assert.equal(await source.openDocument(boot, 'preseed', '', 'http://b'), 'preseed for http://b')
})

test('who showed a wrong key, and who was heard, is noted and holds up nobody', () => {
  const { source, uplink, heard, refused } = scene()
  source.refused({ mac, why: 'of another machine', from })
  source.heard({ mac })
  assert.deepEqual([heard, refused], [[{ mac }], [{ mac, why: 'of another machine', from }]])
  assert.deepEqual(uplink.calls, [])
})
