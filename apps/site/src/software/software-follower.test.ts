import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readdir, readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { digestOf, softwareScene } from '../../testing/software-scene.ts'
import type { OfferedSoftware } from './bring-software.ts'
import { SoftwareFollower } from './software-follower.ts'

async function until(what: string, isSo: () => boolean): Promise<void> {
  for (const since = Date.now(); !isSo(); await delay(5))
    if (Date.now() - since > 20_000) assert.fail(`it never was: ${what}`)
}

/** A follower of a site that runs `runs`, and of an upstream that has these bytes. */
async function scene(t: TestContext, runs = digestOf('installed')) {
  const { versions, pack, place, folder } = await softwareScene(t)
  const upstream = new Map<string, Uint8Array>()
  const state = { fetched: 0, brought: 0, looked: 0, mayFetch: true, isQuiet: true, warnings: [] as string[] }
  const problems: (string | undefined)[] = []
  const follower = new SoftwareFollower({
    versions,
    running: { digest: async () => runs },
    async *bytesOf({ digest }) {
      state.fetched += 1
      problems.push(follower.problem)
      const bytes = upstream.get(digest)
      if (bytes === undefined) throw new Error('the upstream is away')
      for (let at = 0; at < bytes.length; at += 100) yield bytes.subarray(at, at + 100)
    },
    mayFetch: () => state.mayFetch,
    isQuiet: () => state.isQuiet,
    onBrought: () => (state.brought += 1),
    onLooked: () => (state.looked += 1),
    log: (level, message, fields) => {
      if (level === 'warn') state.warnings.push(`${message}: ${fields?.['reason']}`)
    },
    delays: { lookMs: 5, retryMs: 20 },
  })
  t.after(() => follower.stop())
  const offer = async (version: string, program = `// ${version}`): Promise<OfferedSoftware> => {
    const { bytes, offered } = await pack(version, program)
    upstream.set(offered.digest, bytes)
    return offered
  }
  return { ...{ versions, place, folder, upstream, state, problems, follower, offer } }
}

test('what the platform has is brought and becomes the newest, and the site is asked to give way', async (t) => {
  const { versions, state, follower, offer } = await scene(t)
  const offered = await offer('2.0.0')
  follower.follow(offered)
  await until('brought', () => state.brought === 1)
  assert.deepEqual(versions.newest(), { digest: offered.digest, version: '2.0.0' })
  assert.equal(await readFile(versions.programOf(offered.digest), 'utf8'), '// 2.0.0')
  const beside = JSON.parse(await readFile(join(versions.folderOf(offered.digest), 'software.json'), 'utf8'))
  assert.deepEqual(beside, offered)
  assert.equal(digestOf(await readFile(versions.packedOf(offered.digest))), offered.digest)
  follower.follow({ ...offered })
  await delay(30)
  assert.equal(state.fetched, 1)
})

test('nothing is fetched when it is what runs, when none is named, and outside of the hours', async (t) => {
  const runs = digestOf('this')
  const { state, follower, offer } = await scene(t, runs)
  follower.follow({ version: '1.0.0', digest: runs, size: 5 })
  await until('looked', () => state.looked === 1)
  follower.follow(undefined)
  await until('looked again', () => state.looked === 2)
  state.mayFetch = false
  follower.follow(await offer('2.0.0'))
  await until('looked often', () => state.looked > 5)
  assert.equal(state.fetched, 0)
  state.mayFetch = true
  await until('brought', () => state.brought === 1)
})

test('while machines fetch what they boot it waits', async (t) => {
  const { versions, state, follower, offer } = await scene(t)
  state.isQuiet = false
  const offered = await offer('2.0.0')
  follower.follow(offered)
  await until('there', () => versions.has(offered.digest))
  await delay(50)
  assert.equal(state.brought, 0)
  state.isQuiet = true
  await until('brought', () => state.brought === 1)
})

test('it waits no longer than it may', async (t) => {
  const { versions, pack } = await softwareScene(t)
  const { bytes, offered } = await pack('2.0.0', '')
  const { promise: brought, resolve } = Promise.withResolvers<void>()
  const follower = new SoftwareFollower({
    versions,
    running: { digest: async () => undefined },
    bytesOf: async function* () {
      yield bytes
    },
    mayFetch: () => true,
    isQuiet: () => false,
    onBrought: resolve,
    onLooked: () => undefined,
    log: () => undefined,
    delays: { lookMs: 5, longestWaitMs: 40 },
  })
  t.after(() => follower.stop())
  follower.follow(offered)
  await brought
})

const damages: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  'one byte is another': (bytes) => bytes.map((byte, at) => (at === 50 ? byte ^ 1 : byte)) as Buffer,
  'its end is missing': (bytes) => bytes.subarray(0, -1),
  'something follows': (bytes) => Buffer.concat([bytes, Buffer.from('x')]),
}

for (const [what, damaged] of Object.entries(damages))
  test(`a download is refused and tried again: ${what}`, async (t) => {
    const { versions, state, follower, offer, upstream } = await scene(t)
    const offered = await offer('2.0.0')
    const bytes = Buffer.from(upstream.get(offered.digest) ?? [])
    upstream.set(offered.digest, damaged(bytes))
    follower.follow(offered)
    await until('refused', () => follower.problem?.includes('is refused') === true)
    assert.equal(versions.newest(), undefined)
    assert.ok(!existsSync(versions.folderOf(offered.digest)))
    assert.match(state.warnings[0] ?? '', /its digest is|longer than was said/)
    upstream.set(offered.digest, bytes)
    await until('brought', () => state.brought === 1)
    assert.equal(follower.problem, undefined)
  })

test('what is larger than software is not even asked for', async (t) => {
  const { state, follower } = await scene(t)
  follower.follow({ version: '2.0.0', digest: digestOf('x'), size: 65 * 2 ** 20 })
  await until('refused', () => follower.problem?.includes('too large') === true)
  assert.equal(state.fetched, 0)
})

test('an upstream that is away is asked again, and another version takes the place of the first', async (t) => {
  const { versions, state, problems, follower, offer, upstream } = await scene(t)
  const first = await offer('2.0.0')
  upstream.delete(first.digest)
  follower.follow(first)
  await until('asked twice', () => state.fetched > 1)
  const words = /2\.0\.0\+[0-9a-f]{8}, could not be had: the upstream is away/
  assert.match(problems[1] ?? '', words, 'it is told while it is asked again, too')
  assert.match(follower.problem ?? '', words)
  const second = await offer('3.0.0')
  follower.follow(second)
  assert.equal(follower.problem, undefined, 'it is none of the other version')
  await until('brought', () => state.brought === 1)
  assert.equal(versions.newest()?.version, '3.0.0')
  assert.equal(follower.problem, undefined)
})

test('a version that did not start is not fetched again, and people are told', async (t) => {
  const { versions, state, follower, offer } = await scene(t)
  const offered = await offer('2.0.0')
  await versions.markBad(offered.digest)
  follower.follow(offered)
  await until('told', () => follower.problem?.includes('did not start here') === true)
  assert.equal(state.fetched, 0)
})

test('the last two versions stay, and what was left of an attempt goes', async (t) => {
  const { versions, place } = await scene(t)
  const digests = [await place('1.0.0', ''), await place('2.0.0', '')]
  await symlink('/', join(versions.folder, 'incoming'))
  digests.push(await place('3.0.0', ''))
  const kept = digests.slice(1).map((digest) => digest.slice(7, 23))
  assert.deepEqual((await readdir(versions.folder)).sort(), [...kept, 'current.json'].sort())
  await place('2.0.0', '')
  assert.equal(versions.newest()?.version, '2.0.0')
  assert.equal((await readdir(versions.folder)).length, 3)
})
