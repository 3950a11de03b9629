import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import {
  openSnapshot,
  type SealedSnapshot,
  SiteRevoked,
  type Snapshot,
  sealSnapshot,
  UpstreamAway,
} from '@bootcast/uplink'
import { newAuthority } from '@bootcast/uplink/testing/uplink-pair'
import { eventually } from '../../testing/eventually.ts'
import { plainSnapshot } from '../../testing/offline-scene.ts'
import { FileSnapshotStore } from './file-snapshot-store.ts'
import { SnapshotKeeper, type SnapshotStore } from './snapshot-keeper.ts'

type Answer = SealedSnapshot | Error | undefined

async function scene(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'bootcast-snapshot-'))
  const path = join(folder, 'snapshot')
  const authority = await newAuthority()
  /** Given out one after another; then the question is held until the keeper stops. */
  const answers: Answer[] = []
  const asked: (string | undefined)[] = []
  const uplink = {
    clockSkewMs: undefined as number | undefined,
    async snapshot({ etag, signal }: { etag?: string | undefined; signal?: AbortSignal | undefined } = {}) {
      asked.push(etag)
      if (answers.length === 0)
        await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
      const answer = answers.shift()
      if (answer instanceof Error) throw answer
      return answer
    },
  }
  const log: string[] = []
  const followed: (Snapshot | undefined)[] = []
  const keepers: SnapshotKeeper[] = []
  t.after(async () => {
    for (const keeper of keepers) await keeper.stop()
    await rm(folder, { recursive: true, force: true })
  })
  const start = async (store: SnapshotStore = new FileSnapshotStore(path)) => {
    const keeper = new SnapshotKeeper({
      ...{ uplink, store, now: () => 10_000_000 },
      open: (bytes, signature, issuedFrom) =>
        openSnapshot(bytes, signature, authority.certificates, { site: 's1', issuedFrom }),
      onChange: (snapshot) => followed.push(snapshot),
      log: (level, message) => log.push(`${level}: ${message}`),
    })
    keepers.push(keeper)
    await keeper.start()
    return keeper
  }
  const sealed = (more: Partial<Snapshot> = {}) => sealSnapshot(plainSnapshot(more), authority)
  const issues = () => followed.map((one) => one?.issuedAt)
  return { answers, asked, uplink, log, followed, issues, start, sealed, path }
}

const revoked = new SiteRevoked({ code: 'site_revoked', status: 403, detail: 'over' })

test('what came is followed, kept, and taken up by the next process before it has heard anything', async (t) => {
  const { answers, asked, start, sealed, issues, uplink, path } = await scene(t)
  const first = await sealed()
  uplink.clockSkewMs = 3_600_000
  answers.push(first)
  const keeper = await start()
  await eventually(() => asked.length === 2)
  assert.deepEqual([issues(), asked], [[1000], [undefined, first.etag]])
  assert.equal(keeper.platformNow(), 13_600_000)
  await keeper.stop()
  assert.ok((await readFile(path)).includes(first.bytes))
  uplink.clockSkewMs = undefined
  answers.push(new UpstreamAway('cut'))
  const after = await start()
  assert.deepEqual(issues(), [1000, 1000])
  assert.equal(after.clockOffset, 3_600_000)
})

test('the clock of the platform is learnt from every answer, also from "nothing new"', async (t) => {
  const { answers, asked, start, uplink } = await scene(t)
  uplink.clockSkewMs = -5_000
  answers.push(undefined)
  const keeper = await start()
  await eventually(() => asked.length === 2)
  assert.equal(keeper.clockOffset, -5_000)
})

test('one that is not signed by the platform is not followed: neither from the line nor from the disk', async (t) => {
  const { answers, asked, start, sealed, issues, log, path } = await scene(t)
  const good = await sealed()
  answers.push({ ...good, bytes: Buffer.from(good.bytes.toString().replace('grenoble', 'paris')) })
  await (await start()).stop()
  await eventually(() => asked.length === 1 && log.length === 1)
  await assert.rejects(readFile(path))
  await writeFile(path, `{"signature":"${good.signature}","clockOffset":0}\n{"evil":1}`)
  await (await start()).stop()
  await writeFile(path, 'no line')
  await (await start()).stop()
  assert.deepEqual(issues(), [])
  assert.deepEqual(new Set(log.map((line) => line.split(':')[0])), new Set(['error', 'warn']))
})

test('one that is older than the one before is refused, also after a restart', async (t) => {
  const { answers, start, sealed, issues, log } = await scene(t)
  answers.push(await sealed({ issuedAt: 1_500 }))
  const keeper = await start()
  await eventually(() => issues().length === 1)
  await keeper.stop()
  answers.push(await sealed({ issuedAt: 1_400 }))
  await start()
  await eventually(() => log.length === 1)
  assert.deepEqual(issues(), [1_500, 1_500])
})

test('revoked: it boots nothing from then on, and nothing is left for the next start', async (t) => {
  const { answers, start, sealed, issues, path } = await scene(t)
  answers.push(await sealed(), revoked)
  const keeper = await start()
  await eventually(() => keeper.isRevoked && issues().length === 2)
  await keeper.stop()
  assert.deepEqual(issues(), [1000, undefined])
  await assert.rejects(readFile(path), { code: 'ENOENT' })
})

test('a full disk keeps it from nothing but keeping', async (t) => {
  const { answers, asked, start, sealed, issues, log } = await scene(t)
  const full = async () => {
    throw new Error('ENOSPC')
  }
  answers.push(await sealed(), revoked)
  await start({ load: async () => undefined, save: full, forget: full })
  await eventually(() => asked.length === 2 && log.length === 3)
  assert.deepEqual(issues(), [1000, undefined])
})

test('an upstream that does not hold the question is not asked as fast as it answers', async (t) => {
  const { answers, asked, start } = await scene(t)
  answers.push(...Array.from({ length: 1000 }, () => undefined))
  const keeper = await start()
  await new Promise((resolve) => setTimeout(resolve, 100))
  await keeper.stop()
  assert.ok(asked.length <= 2, `${asked.length} questions`)
})

test('it stops while the question is held, and while it rests', async (t) => {
  const { answers, asked, start } = await scene(t)
  const holding = await start()
  await eventually(() => asked.length === 1)
  await holding.stop()
  answers.push(new UpstreamAway('cut'))
  const resting = await start()
  await eventually(() => asked.length === 2)
  await resting.stop()
})
