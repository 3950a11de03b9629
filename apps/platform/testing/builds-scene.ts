import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import type { Build, Client } from '@bootcast/contract'
import { kernelLike, startWholePlatform } from './platform-suite.ts'

/** A folder with programs and `builders.json`, as an operator keeps them. */
export class BuildersFolder implements AsyncDisposable {
  readonly dir: string

  private constructor(dir: string) {
    this.dir = dir
  }

  static async make(): Promise<BuildersFolder> {
    const folder = new BuildersFolder(await mkdtemp(join(tmpdir(), 'bootcast-builders-')))
    await mkdir(folder.path('parts'))
    await writeFile(folder.path('parts/vmlinuz'), kernelLike('built'))
    await writeFile(folder.path('parts/initrd.img'), gzipSync('initrd'))
    await writeFile(folder.path('parts/rootfs.img'), Buffer.alloc(200_000, 'r'))
    return folder
  }

  path(name: string): string {
    return join(this.dir, name)
  }

  /** The command of a builder: a shell script, which is no part of the platform. */
  async script(name: string, text: string): Promise<readonly string[]> {
    await writeFile(this.path(name), `#!/bin/sh\nset -e\n${text}\n`)
    await chmod(this.path(name), 0o755)
    return [this.path(name)]
  }

  async remove(name: string): Promise<void> {
    await rm(this.path(name), { force: true })
  }

  /** @returns the options of a platform that has them */
  async write(builders: Readonly<Record<string, object>>): Promise<readonly string[]> {
    await writeFile(this.path('builders.json'), JSON.stringify({ builders }), { mode: 0o600 })
    return ['--builders', this.path('builders.json')]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.dir, { recursive: true, force: true })
  }
}

/** What a builder does that succeeds: `osbuild` is recognised by these three files. */
export const copyParts = (folder: BuildersFolder): string => `cp ${folder.path('parts')}/* "$BOOTCAST_OUTPUT"`

/** When a build is in another state than before. */
export async function ended(client: Client, { id }: Pick<Build, 'id'>): Promise<Build> {
  for (;;) {
    const build = await client.call('showBuild', { params: { id } })
    if (build.endedAt !== undefined) return build
    await sleep(20)
  }
}

/** When the log of a build has this. */
export async function wrote(client: Client, { id }: Pick<Build, 'id'>, words: string): Promise<string> {
  for (;;) {
    const { text, isOver } = await client.call('showBuildLog', { params: { id }, query: {} })
    if (text.includes(words)) return text
    if (isOver) throw new Error(`it ended without ${words}: ${text}`)
    await sleep(20)
  }
}

/** The script of a builder, in which COPY leaves something to publish; or that with what else is said of it. */
export type ToldBuilder = string | ({ readonly script: string } & Readonly<Record<string, unknown>>)

/** A whole platform in this process with these builders. */
export async function buildsScene(told: Readonly<Record<string, ToldBuilder>>) {
  const folder = await BuildersFolder.make()
  const builders: Record<string, object> = {}
  for (const [name, one] of Object.entries(told)) {
    const { script, ...more } = typeof one === 'string' ? { script: one } : one
    builders[name] = {
      command: await folder.script(name, script.replace('COPY', copyParts(folder))),
      ...more,
    }
  }
  const platform = await startWholePlatform(await folder.write(builders))
  const { client } = platform
  /** Its image has the name of the builder. */
  const start = async (builder: string, parameters: Record<string, string> = {}) => {
    await client.call('setBuildPlan', { params: { name: builder }, body: { builder, parameters } })
    return await client.call('startBuild', { params: { name: builder }, body: {} })
  }
  return {
    ...platform,
    folder,
    start,
    run: async (builder: string, parameters: Record<string, string> = {}) =>
      await ended(client, await start(builder, parameters)),
    log: async ({ id }: Build) => (await client.call('showBuildLog', { params: { id }, query: {} })).text,
    [Symbol.asyncDispose]: async () => {
      await platform[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}

/** Whether a process is there and not only waits to be fetched by its parent. */
export async function isRunning(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined)
  return stat !== undefined && stat.split(') ').at(-1)?.[0] !== 'Z'
}
