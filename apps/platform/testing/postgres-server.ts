import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export type PostgresServer = {
  /** A new, empty database. */
  newDatabase(): Promise<string>
  stop(): Promise<void>
}

const packaged = '/usr/lib/postgresql'

/** The newest PostgreSQL that apt installed here, or `undefined`. */
export function postgresPrograms(): string | undefined {
  if (!existsSync(packaged)) return undefined
  const versions = readdirSync(packaged).sort((a, b) => Number(b) - Number(a))
  const folders = versions.map((version) => join(packaged, version, 'bin'))
  return folders.find((folder) => existsSync(join(folder, 'initdb'))) // the client alone has a folder, too
}

/** Starts a server of our own on a socket in a new folder: no port, no other cluster touched. As root: as `postgres`. */
export async function startPostgres(programs: string): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), 'bootcast-pg-'))
  const user = serverUser()
  if (user !== undefined) chownSync(folder, user.uid, user.gid)
  const as = { ...user, cwd: folder, stdio: 'ignore' as const }
  const data = join(folder, 'data')
  const made = spawnSync(
    join(programs, 'initdb'),
    ['-D', data, '-U', 'bootcast', '-A', 'trust', '--no-sync', '-E', 'UTF8'],
    { ...as, stdio: 'pipe' },
  )
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr}`)
  const server = spawn(
    join(programs, 'postgres'),
    ['-D', data, '-k', folder, '-c', 'listen_addresses=', '-c', 'fsync=off'],
    as,
  )
  const url = (name: string) => `postgres://bootcast@/${name}?host=${encodeURIComponent(folder)}`
  await answering(programs, folder, server)
  let count = 0
  return {
    async newDatabase() {
      const name = `test${count++}`
      const done = spawnSync(join(programs, 'createdb'), ['-h', folder, '-U', 'bootcast', name], {
        encoding: 'utf8',
      })
      if (done.status !== 0) throw new Error(`createdb: ${done.stderr}`)
      return url(name)
    },
    async stop() {
      const ended = new Promise((resolve) => server.once('exit', resolve))
      if (server.exitCode === null) {
        server.kill('SIGINT') // fast shutdown
        await ended
      }
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function serverUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const id = (flag: string) => Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout)
  return { uid: id('-u'), gid: id('-g') }
}

async function answering(programs: string, folder: string, server: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 150; tries++) {
    if (server.exitCode !== null) throw new Error(`postgres ended with ${server.exitCode}`)
    if (spawnSync(join(programs, 'pg_isready'), ['-q', '-h', folder]).status === 0) return
    await sleep(200)
  }
  server.kill('SIGKILL')
  throw new Error('postgres did not answer within 30 seconds')
}
