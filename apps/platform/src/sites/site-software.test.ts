import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { zstdDecompressSync } from 'node:zlib'
import { bufferSource, readTar } from '@bootcast/image'
import { unpackSoftware } from '@bootcast/uplink'
import { SiteSoftware } from './site-software.ts'

const root = join(import.meta.dirname, '../../../..')
const run = promisify(execFile)

/** What this very project gives to its sites. */
async function ofThisProject() {
  let times = 0
  const software = new SiteSoftware({
    root,
    onReady: () => (times += 1),
    onError: (error) => assert.ifError(error),
  })
  assert.ok(!isOffered(software))
  await Promise.all([software.begin(), software.begin()])
  assert.equal(times, 1)
  const offered = software.offered ?? assert.fail('it is not there')
  const blob = software.open(offered.digest) ?? assert.fail('it is not served')
  const parts: Buffer[] = []
  for await (const part of await blob.read(0, offered.size - 1)) parts.push(part)
  return { software, offered, bytes: Buffer.concat(parts) }
}

const isOffered = ({ offered }: SiteSoftware): boolean => offered !== undefined

async function folder(t: TestContext): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'site-software-'))
  t.after(() => rm(made, { recursive: true }))
  return made
}

test('a site installs alone: its software has its few packages, and none of a platform', async () => {
  const { bytes, offered, software } = await ofThisProject()
  assert.equal(offered.digest, `sha256:${createHash('sha256').update(bytes).digest('hex')}`)
  assert.equal(offered.size, bytes.length)
  assert.ok(bytes.length < 4 * 2 ** 20, `${bytes.length} bytes`)
  assert.equal(software.open(`sha256:${'0'.repeat(64)}`), undefined)
  const { files } = (await readTar(bufferSource(zstdDecompressSync(bytes)))) ?? assert.fail('no tar')
  const places = [...files.keys()].flatMap((path) => /^(.*)\/package\.json$/.exec(path)?.[1] ?? [])
  const ours = places.filter((place) => !place.startsWith('node_modules/'))
  assert.deepEqual(ours, [
    'apps/site',
    ...['boot', 'catalogue', 'content', 'image', 'netboot', 'options', 'uplink'].map(
      (name) => `modules/${name}`,
    ),
  ])
  const theirs = new Set(
    places.flatMap((place) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(place)?.[1] ?? []),
  )
  for (const needed of ['pino', 'zod', 'smol-toml', '@peculiar/x509']) assert.ok(theirs.has(needed), needed)
  const ofPlatforms =
    /^(pg|pg-.*|kysely|fastify|@fastify\/.*|@aws-sdk\/.*|@smithy\/.*|react.*|ldapts|openid-client)$/
  assert.deepEqual(
    [...theirs].filter((name) => ofPlatforms.test(name)),
    [],
  )
  assert.deepEqual(
    [...files.keys()].filter((path) => /\.test\.ts$|\/testing\//.test(path)),
    [],
  )
})

test('it runs where nothing else of the project is', async (t) => {
  const { bytes, offered } = await ofThisProject()
  const to = join(await folder(t), 'unpacked')
  await unpackSoftware(bytes, to)
  const start = async (...args: readonly string[]) => (await run(process.execPath, args, { cwd: to })).stdout
  assert.match(await start('apps/site/src/main.ts', '--help'), /--follow-software yes\|no/)
  assert.equal(
    await start('apps/site/bin/bootcast-site.cjs', '--version'),
    `bootcast-site ${offered.version}\n`,
  )
  // Everything that a running site loads is there.
  assert.equal(
    await start(
      '--input-type=module',
      '--eval',
      `await import(${JSON.stringify(join(to, 'apps/site/src/compose.ts'))}); process.stdout.write('loaded')`,
    ),
    'loaded',
  )
  assert.match(await readFile(join(to, 'package.json'), 'utf8'), /"workspaces"/)
})

test('where a part of a site is missing no software is offered, and the reason is told', async (t) => {
  const errors: unknown[] = []
  const software = new SiteSoftware({
    root: await folder(t),
    onReady: () => assert.fail('it is ready'),
    onError: (error) => errors.push(error),
  })
  await software.begin()
  assert.ok(!isOffered(software))
  assert.match(String(errors[0]), /cannot be made here/)
})
