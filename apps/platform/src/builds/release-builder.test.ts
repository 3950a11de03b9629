import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { BuildersFolder } from '../../testing/builds-scene.ts'
import { type Database, newShortId, openDatabase } from '../database/open.ts'
import type { Publications } from '../publishing/publications.ts'
import type { InputWish } from '../publishing/take-input.ts'
import { Builds } from './builds.ts'
import { readBuilders } from './read-builders.ts'
import { releaseBuilder } from './release-builder.ts'
import { SqlBuildStore } from './sql-build-store.ts'
import { Workplace } from './workplace.ts'

/** Publishes what it is given, of which nobody asks what it is. */
const publications = {
  start: ({ input }: { readonly input: InputWish }) => {
    assert.ok('made' in input)
    const reading = (async () => {
      for await (const _ of input.made(new AbortController().signal));
      return { state: 'done', release: { number: 7 } }
    })()
    return { id: 'p', reading }
  },
  ended: async () => ({ state: 'done', release: { number: 7 } }),
  cancel: async () => undefined,
} as unknown as Publications

const opened = new AsyncDisposableStack()
let folder: BuildersFolder
let database: Database

before(async () => {
  folder = opened.use(await BuildersFolder.make())
  const waiting = 'echo "bootcast-progress: 30 so far"\nwhile [ ! -e go ]; do echo x; sleep 0.05; done'
  await folder.write({
    waiting: { command: await folder.script('waiting', `${waiting}\necho y > "$BOOTCAST_OUTPUT/a"`) },
    failing: { command: await folder.script('failing', 'exit 2') },
  })
  database = await openDatabase({ kind: 'sqlite', path: folder.path('catalogue.db') })
  opened.defer(() => database.destroy())
})
after(() => opened.disposeAsync())

/** A platform's builds; `place`: where they are made. */
async function platform(
  place: string,
  more: { readonly onError?: () => void; readonly store?: SqlBuildStore } = {},
) {
  const builds = await Builds.open({
    builders: await readBuilders(folder.path('builders.json'), {}),
    store: new SqlBuildStore(database),
    workplace: await Workplace.open(join(folder.dir, place), () => place, assert.ifError),
    publications,
    reportUrl: () => '',
    problemOf: (error) => {
      const { code = 'internal', message: detail } = error as Error & { code?: string }
      return { code, detail }
    },
    newId: newShortId,
    now: Date.now,
    pause: () => sleep(5),
    onError: (error) => {
      throw error
    },
    ...more,
  })
  const plan = (image: string) =>
    builds.setPlan({ image, builder: image, parameters: {}, channel: 'stable', changedBy: 'ann' })
  return { builds, plan, [Symbol.asyncDispose]: () => builds.stop() }
}

/** When it says so. @throws when it never will */
async function until(found: () => Promise<boolean>): Promise<void> {
  while (!(await found())) await sleep(10)
}

test('a build is a generation of UForge: its state, percentage, words and release', async () => {
  await using at = await platform('one')
  const uforge = releaseBuilder(at.builds)
  for (const image of ['waiting', 'failing']) await at.plan(image)
  const { id, state } = await uforge.start('waiting', 'bob')
  assert.equal(state, 'running')
  await assert.rejects(uforge.start('waiting', 'bob'), { code: 'build_running' })
  await assert.rejects(uforge.start('none', 'bob'), { code: 'build_plan_not_found' })
  await until(async () => (await uforge.find(id))?.percentage === 30)
  assert.equal((await uforge.find(id))?.message, 'so far')
  await folder.script('go', '')
  await until(async () => (await uforge.find(id))?.state === 'done')
  const { startedAt, ...done } = (await uforge.find(id)) ?? assert.fail('it is not there')
  const words = { startedBy: 'bob', percentage: 100, message: 'done', release: 7 }
  assert.deepEqual(done, { id, image: 'waiting', state: 'done', ...words })
  await uforge.cancel(id, 'bob')
  assert.equal(await uforge.find('0123456789ab'), undefined)
  const failing = await uforge.start('failing', 'bob')
  await until(async () => (await uforge.find(failing.id))?.state === 'failed')
  assert.match((await uforge.find(failing.id))?.message ?? '', /exit code 2/)
})

test('a build can be cancelled on another platform with the same database, and ends where it runs', async () => {
  await using here = await platform('here')
  await using there = await platform('there')
  await folder.remove('go')
  await here.plan('waiting')
  const { id } = await here.builds.start('waiting', 'ann')
  await assert.rejects(there.builds.start('waiting', 'ann'), { code: 'build_running' })
  assert.equal((await there.builds.cancel(id, 'bob')).state, 'cancelled')
  await until(async () => (await here.builds.find(id)).state === 'cancelled')
  assert.match((await here.builds.find(id)).problem?.detail ?? '', /bob has cancelled/)
})

test('how a build ended is told when it is written down, however often that fails', async () => {
  const failures = { left: 3, told: 0 }
  class FailingStore extends SqlBuildStore {
    override async save(...args: Parameters<SqlBuildStore['save']>): Promise<boolean> {
      if (args[1].endedAt !== undefined && failures.left-- > 0) throw new Error('the disk is full')
      return await super.save(...args)
    }
  }
  const onError = () => {
    failures.told += 1
  }
  await using at = await platform('two', { store: new FailingStore(database), onError })
  await at.plan('failing')
  const { id } = await at.builds.start('failing', 'ann')
  await until(async () => (await at.builds.find(id)).endedAt !== undefined)
  assert.equal(failures.told, 3)
  assert.equal((await new SqlBuildStore(database).find(id))?.state, 'failed')
})

test('a platform that is stopped ends its builds at once, and begins no other', async () => {
  const at = await platform('three')
  await folder.remove('go')
  await at.plan('waiting')
  const { id } = await at.builds.start('waiting', 'ann')
  await at.builds.stop()
  assert.deepEqual((await new SqlBuildStore(database).find(id))?.state, 'lost')
  await assert.rejects(at.builds.start('waiting', 'ann'), { code: 'builds_full' })
})

test('a build that is asked for while the platform stops runs nothing, and is told as lost', async () => {
  const gate = Promise.withResolvers<void>()
  class SlowStore extends SqlBuildStore {
    override async add(...args: Parameters<SqlBuildStore['add']>): Promise<void> {
      await super.add(...args)
      await gate.promise
    }
  }
  const at = await platform('stopping', { store: new SlowStore(database) })
  await at.plan('failing')
  const asked = at.builds.start('failing', 'ann')
  const refused = assert.rejects(asked, { code: 'build_lost' })
  await until(async () => (await at.builds.newest('failing'))?.state === 'waiting')
  await at.builds.stop()
  gate.resolve()
  await refused
  assert.equal((await at.builds.newest('failing'))?.state, 'lost')
})
