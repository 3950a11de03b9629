import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

const launcher = join(import.meta.dirname, 'bootcast.cjs')
const version = /^0\.1\.0\n$/

async function directory() {
  const dir = await mkdtemp(join(tmpdir(), 'bootcast-launcher-'))
  return { dir, [Symbol.asyncDispose]: () => rm(dir, { recursive: true }) }
}

/** Makes the running Node look old to the launcher, and to nothing that the launcher starts. */
async function oldNode(dir: string): Promise<readonly string[]> {
  const preload = join(dir, 'old.cjs')
  await writeFile(preload, "Object.defineProperty(process.versions, 'node', { value: '14.21.3' })")
  return ['-r', preload]
}

test('on a new Node the program runs in it', () => {
  assert.match(spawnSync(process.execPath, [launcher, '--version']).stdout.toString(), version)
})

test('on an old Node the program runs with the pinned one', async () => {
  await using place = await directory()
  const done = spawnSync(process.execPath, [...(await oldNode(place.dir)), launcher, '--version'])
  assert.match(done.stdout.toString(), version, done.stderr.toString())
  const failed = spawnSync(process.execPath, [...(await oldNode(place.dir)), launcher, 'nonsense'])
  assert.equal(failed.status, 2)
})

for (const age of ['new', 'old']) {
  test(`what was compiled is kept in the user's cache, and where it cannot be nothing fails (${age} Node)`, async () => {
    await using place = await directory()
    const options = age === 'old' ? await oldNode(place.dir) : []
    const run = (cache: string) =>
      spawnSync(process.execPath, [...options, launcher, '--version'], {
        env: { ...process.env, XDG_CACHE_HOME: cache },
      })
    assert.match(run(place.dir).stdout.toString(), version)
    assert.equal((await readdir(join(place.dir, 'bootcast'))).length, 1)
    const said = run(launcher)
    assert.deepEqual([said.stderr.toString(), said.status], ['', 0])
  })
}

test('before set-up it says what to run', async () => {
  await using place = await directory()
  const bin = join(place.dir, 'apps/cli/bin')
  await mkdir(bin, { recursive: true })
  await cp(launcher, join(bin, 'bootcast.cjs'))
  const done = spawnSync(process.execPath, [join(bin, 'bootcast.cjs'), '--version'])
  assert.equal(done.status, 1)
  assert.match(done.stderr.toString(), /packages are not installed\.\n {2}To do: run "npm start" once in /)
})

test('an old Node without a pinned one is told as such', async () => {
  await using place = await directory()
  const bin = join(place.dir, 'apps/cli/bin')
  await mkdir(bin, { recursive: true })
  await mkdir(join(place.dir, 'node_modules'))
  await cp(launcher, join(bin, 'bootcast.cjs'))
  const commander = join(import.meta.dirname, '../../../node_modules/commander')
  await symlink(commander, join(place.dir, 'node_modules/commander'))
  const done = spawnSync(process.execPath, [...(await oldNode(place.dir)), join(bin, 'bootcast.cjs')])
  assert.equal(done.status, 1)
  assert.match(done.stderr.toString(), /needs Node 24 or newer, this is v[\d.]+, and there is no pinned one/)
})

for (const age of ['new', 'old']) {
  test(`a signal interrupts a command that waits for a silent platform (${age} Node)`, async () => {
    await using place = await directory()
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    assert.ok(address !== null && typeof address === 'object')
    const options = age === 'old' ? await oldNode(place.dir) : []
    const child: ChildProcess = spawn(process.execPath, [...options, launcher, 'whoami'], {
      env: { ...process.env, BOOTCAST_URL: `http://127.0.0.1:${address.port}`, BOOTCAST_TOKEN: 'x' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const [socket] = await once(server, 'connection')
    child.kill('SIGTERM')
    const [code] = await once(child, 'exit')
    socket.destroy()
    server.close()
    assert.equal(code, 130)
  })
}
