import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { createClient } from '../modules/contract/src/index.ts'

/*
 * A platform that is upgraded and its site, both real processes. The platform runs from a copy of this project, so that
 * it can be changed; the site from this project itself.
 */
const root = join(import.meta.dirname, '..')
const patienceMs = 60_000
const password = 'correct horse battery'

/** What each process has said, for whoever reads of a failure. */
const outputs: (() => string)[] = []

async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  let last: unknown
  for (const since = Date.now(); Date.now() - since < patienceMs; await delay(200)) {
    try {
      const found = await look()
      if (found !== undefined) return found
    } catch (error) {
      last = error
    }
  }
  const said = outputs.map((output) => output().slice(-3000)).join('\n')
  throw new Error(`In ${patienceMs / 1000} s it never was: ${what}\n${said}`, { cause: last })
}

function run(t: TestContext, program: string, args: readonly string[]) {
  const { PATH, HOME, NODE_COMPILE_CACHE } = process.env
  const child: ChildProcess = spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH, HOME, NODE_COMPILE_CACHE },
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (part) => (said += part))
  const ended = once(child, 'exit')
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
    const [code] = await ended
    return code as number | null
  }
  t.after(stop)
  outputs.push(() => `${program}:\n${said}`)
  return {
    child,
    stop,
    said: () => said,
    saidThat: (words: RegExp) => until(`${words}`, async () => words.exec(said)?.[0]),
  }
}

/** The project without its tests, where it may be changed. */
async function copyOfProject(folder: string): Promise<void> {
  const filter = (path: string) => !path.endsWith('.test.ts')
  for (const part of ['apps', 'modules'])
    await cp(join(root, part), join(folder, part), { recursive: true, filter })
  const packages = join(folder, 'node_modules')
  await mkdir(join(packages, '@bootcast'), { recursive: true })
  for (const name of await readdir(join(root, 'node_modules')))
    if (name !== '@bootcast') await symlink(join(root, 'node_modules', name), join(packages, name))
  for (const name of await readdir(join(folder, 'modules')))
    await symlink(join('../../modules', name), join(packages, '@bootcast', name))
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

async function scene(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'bootcast-software-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const project = join(folder, 'project')
  await copyOfProject(project)
  await mkdir(join(folder, 'loaders'))
  await writeFile(join(folder, 'password'), `${password}\n`, { mode: 0o600 })
  const [http, uplink] = [await freePort(), await freePort()]
  const url = `http://127.0.0.1:${http}`
  const data = join(folder, 'site')
  const startPlatform = async () => {
    const platform = run(t, join(project, 'apps/platform/src/main.ts'), [
      ...['--data', join(folder, 'data'), '--loaders', join(folder, 'loaders'), '--tftp-port', 'off'],
      ...['--listen', `127.0.0.1:${http}`, '--site-listen', `127.0.0.1:${uplink}`],
      ...['--admin-password-file', join(folder, 'password')],
    ])
    await platform.saidThat(/is running/)
    return platform
  }
  let token: string | undefined
  const client = async () => {
    token ??= (await createClient({ url }).call('signIn', { body: { user: 'admin', password } })).token
    return createClient({ url, token })
  }
  return {
    project,
    data,
    startPlatform,
    addSite: async () => {
      const added = await (await client()).call('addSite', { body: { name: 'grenoble' } })
      return added.join.token
    },
    startSite: (joinToken: string) =>
      run(t, join(root, 'apps/site/src/main.ts'), [
        ...['join', `https://127.0.0.1:${uplink}`, '--token', joinToken, '--data', data],
        ...['--listen', '127.0.0.1:0', '--status-listen', '127.0.0.1:0', '--tftp-port', 'off'],
      ]),
    reported: async () => (await client()).call('showSite', { params: { name: 'grenoble' } }),
  }
}

test('a site runs the software of its platform, and goes back when that does not start', async (t) => {
  const { project, data, startPlatform, addSite, startSite, reported } = await scene(t)
  const versionOtherThan = (...known: readonly (string | undefined)[]) =>
    until('a report of another version', async () => {
      const version = (await reported()).version
      return version === undefined || known.includes(version) ? undefined : version
    })
  const platform = await startPlatform()
  const site = startSite(await addSite())
  const { pid } = site.child
  const first = await until('a version with a digest', async () => {
    const version = (await reported()).version
    return version?.includes('+') ? version : undefined
  })
  // That of the copy is that of the project: nothing had to come.
  await assert.rejects(readdir(join(data, 'software')), { code: 'ENOENT' })

  await platform.stop()
  await appendFile(join(project, 'apps/site/src/compose.ts'), '// Changed.\n')
  const upgraded = await startPlatform()
  const second = await versionOtherThan(first)
  const { versions } = JSON.parse(await readFile(join(data, 'software/current.json'), 'utf8'))
  assert.equal(second, `${versions[0].version}+${versions[0].digest.slice(7, 15)}`)
  const changed = join(data, 'software', versions[0].digest.slice(7, 23), 'apps/site/src/compose.ts')
  assert.match(await readFile(changed, 'utf8'), /\/\/ Changed\.\n$/)

  await upgraded.stop()
  await appendFile(join(project, 'apps/site/src/compose.ts'), 'this is no TypeScript\n')
  await startPlatform()
  await site.saidThat(/does not start here; the one before runs instead/)
  const problem = await until('a problem that says so', async () => {
    const { health } = await reported()
    return health.problems.find((line) => line.includes('did not start here'))
  })
  assert.equal((await reported()).version, second, problem)
  assert.equal(site.child.pid, pid)
  assert.equal(await site.stop(), 0)
})
