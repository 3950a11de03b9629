import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createClient } from '@bootcast/contract'
import { BuildersFolder, copyParts, ended, isRunning, wrote } from '../../testing/builds-scene.ts'
import { startPlatformProcess } from '../../testing/platform-process.ts'

const password = 'correct horse battery'

/** The builder tells its own process id, and that of one in another session, and then has no end. */
const endless = (folder: string) => `setsid sh -c 'echo $$ > ${folder}/child; while :; do sleep 1; done' &
echo $$ > ${folder}/leader
while [ ! -s ${folder}/child ]; do sleep 0.02; done
echo begun
while :; do sleep 1; done`

async function signedIn(url: string) {
  const { token } = await createClient({ url }).call('signIn', { body: { user: 'admin', password } })
  return createClient({ url, token })
}

test('a platform that was killed says at its next start that the build is lost, and ends what is left of it', async () => {
  await using folder = await BuildersFolder.make()
  const dir = await mkdtemp(join(tmpdir(), 'bootcast-killed-build-'))
  try {
    await writeFile(join(dir, 'password'), password, { mode: 0o600 })
    await mkdir(join(dir, 'loaders'))
    const options = [
      ...(await folder.write({
        endless: { command: await folder.script('endless', endless(folder.dir)) },
        factory: { command: await folder.script('factory', copyParts(folder)) },
      })),
      ...['--admin-password-file', join(dir, 'password')],
    ]
    const first = await startPlatformProcess(dir, ...options)
    const before = await signedIn(first.url)
    const params = { name: 'demo' }
    await before.call('setBuildPlan', { params, body: { builder: 'endless' } })
    const build = await before.call('startBuild', { params, body: {} })
    await wrote(before, build, 'begun')
    const pids = await Promise.all(
      ['leader', 'child'].map(async (name) => Number(await readFile(folder.path(name), 'utf8'))),
    )
    await first.stop('SIGKILL')
    for (const pid of pids) assert.equal(await isRunning(pid), true, 'the build outlives the platform')

    const second = await startPlatformProcess(dir, ...options)
    for (const pid of pids) assert.equal(await isRunning(pid), false)
    assert.deepEqual(await readdir(join(dir, 'data/builds')), ['owner'])
    const client = await signedIn(second.url)
    const lost = await client.call('showBuild', { params: { id: build.id } })
    assert.deepEqual([lost.state, lost.problem?.code], ['lost', 'build_lost'])
    await client.call('setBuildPlan', { params, body: { builder: 'factory' } })
    const again = await ended(client, await client.call('startBuild', { params, body: {} }))
    assert.deepEqual([again.state, again.release], ['done', 1], again.problem?.detail)

    await client.call('setBuildPlan', { params, body: { builder: 'endless' } })
    await rm(folder.path('child'))
    const last = await client.call('startBuild', { params, body: {} })
    await wrote(client, last, 'begun')
    const child = Number(await readFile(folder.path('child'), 'utf8'))
    await second.stop()
    assert.equal(await isRunning(child), false, 'a platform that is stopped leaves no build behind')
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
})
