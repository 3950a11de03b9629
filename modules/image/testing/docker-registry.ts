import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** What is not installed of docker-registry and skopeo; `undefined`: both are here. */
export function missingRegistryPrograms(): string | undefined {
  const missing = ['docker-registry', 'skopeo'].filter(
    (name) => spawnSync(name, ['--version']).error !== undefined,
  )
  return missing.length === 0 ? undefined : missing.join(', ')
}

export type DockerRegistry = AsyncDisposable & {
  readonly host: string
  /** Where it keeps its files. */
  readonly folder: string
  /** Changes every stored file that has this text; how many. */
  tamper(text: string): Promise<number>
}

export type DockerRegistryOptions = {
  /** An htpasswd file's line, bcrypt. */
  readonly htpasswd?: string
  /** Where downloads of blobs are sent. */
  readonly redirect?: string
}

/** Distribution's registry on loopback, with storage of its own. */
export async function startDockerRegistry(options: DockerRegistryOptions = {}): Promise<DockerRegistry> {
  const home = await mkdtemp(join(tmpdir(), 'bootcast-registry-'))
  const port = await freePort()
  if (options.htpasswd !== undefined) await writeFile(join(home, 'htpasswd'), `${options.htpasswd}\n`)
  await writeFile(join(home, 'config.yml'), configuration(home, port, options))
  const child = spawn('docker-registry', ['serve', join(home, 'config.yml')], { stdio: 'ignore' })
  const host = `127.0.0.1:${port}`
  for (let n = 0; n < 200; n++) {
    if ((await fetch(`http://${host}/v2/`).catch(() => undefined))?.status !== undefined) break
    await sleep(50)
  }
  return {
    host,
    folder: join(home, 'data'),
    tamper: (text) => changedFiles(join(home, 'data'), text),
    async [Symbol.asyncDispose]() {
      child.kill()
      if (child.exitCode === null) await once(child, 'exit')
      await rm(home, { recursive: true })
    },
  }
}

function configuration(home: string, port: number, { htpasswd, redirect }: DockerRegistryOptions): string {
  return [
    'version: 0.1',
    `storage: { filesystem: { rootdirectory: ${home}/data } }`,
    `http: { addr: "127.0.0.1:${port}" }`,
    ...(htpasswd === undefined
      ? []
      : [`auth: { htpasswd: { realm: bootcast-test, path: ${home}/htpasswd } }`]),
    ...(redirect === undefined
      ? []
      : [`middleware: { storage: [{ name: redirect, options: { baseurl: "${redirect}" } }] }`]),
    '',
  ].join('\n')
}

async function changedFiles(folder: string, text: string): Promise<number> {
  let changed = 0
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('/data'))
  for (const name of names) {
    const path = join(folder, name)
    const bytes = await readFile(path)
    const at = bytes.indexOf(text)
    if (at < 0) continue
    bytes.writeUInt8((bytes.readUInt8(at) ^ 1) & 255, at)
    await writeFile(path, bytes)
    changed += 1
  }
  return changed
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address !== null ? address.port : 0
}
