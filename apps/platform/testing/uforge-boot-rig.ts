import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BootCodes, BootSessions, createFileSender, createHttpBoot, LoaderShelf } from '@bootcast/boot'
import { MemoryBootSource } from '@bootcast/boot/testing/memory-boot-source'
import { MemoryJournal } from '@bootcast/boot/testing/memory-journal'
import type { Release } from '@bootcast/catalogue'
import { Attempts } from '../src/identity/attempts.ts'
import { createPasswordHasher } from '../src/identity/password.ts'
import { PasswordGate } from '../src/identity/password-gate.ts'
import { addUforgeBoot } from '../src/uforge/boot/boot-routes.ts'
import type { Numbered } from '../src/uforge/uforge-numbers.ts'
import { UforgePeople } from '../src/uforge/uforge-people.ts'
import { startApiRig } from './api-rig.ts'
import { MemoryIdentityStore } from './memory-identity-store.ts'

export const rigBase = 'http://192.0.2.1:8080'
export const rigKey = { publicKey: 'PUB', secretKey: 'SEC' }

type Ask = {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Which machine asks: an address of the loopback network. */
  readonly from?: string
}

/** The boot services of UForge on loopback, over a boot source in memory; `people`: passwords by user. */
export async function startUforgeBootRig(people: Readonly<Record<string, string>>) {
  await using starting = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'bootcast-uforge-'))
  starting.defer(() => rm(folder, { recursive: true }))
  const clock = { at: 1_000_000_000_000 }
  const now = () => clock.at
  const source = new MemoryBootSource()
  const journal = new MemoryJournal()
  const logged: string[] = []
  const sessions = new BootSessions({ isSameMachine: async () => false, now })
  const sender = createFileSender({ threads: 0 })
  starting.defer(() => sender.stop())
  const users = new MemoryIdentityStore()
  const passwords = createPasswordHasher()
  for (const [name, password] of Object.entries(people))
    await users.addUser({
      ...{ name, role: 'user' as const, groups: [], createdAt: 1 },
      passwordPhc: await passwords.hash(password),
    })
  const gate = new PasswordGate({
    ...{ users, passwords, attempts: new Attempts({ now }), audit: { note: () => undefined } },
  })
  const keys = {
    findKey: async (key: string) =>
      key === rigKey.publicKey ? { secretKey: rigKey.secretKey, user: 'guest' } : undefined,
  }
  const boot = createHttpBoot({
    ...{ source, journal, sessions, sender, codes: new BootCodes({ now }), baseUrl: () => rigBase },
    shelf: await LoaderShelf.open({ directory: folder, log: () => undefined }),
    log: (...line) => void logged.push(JSON.stringify(line)),
  })
  const numbers = new Map<number, Numbered>()
  const releases = new Map<string, Release>()
  const images = new Map<string, 'all' | ReadonlySet<string>>()
  const rig = await startApiRig({
    boot,
    pages: [
      (app) =>
        addUforgeBoot(app, {
          ...{ context: '/api', boot, source, sender, baseUrl: () => rigBase, now },
          people: new UforgePeople({ gate, users, keys, now }),
          rights: { allowedImages: async (user) => images.get(user) ?? new Set() },
          numbers: { find: async (number) => numbers.get(number) },
          catalogue: { releasesFor: async () => releases },
        }),
    ],
  })
  starting.use(rig)
  const started = starting.move()
  return {
    ...{ clock, source, journal, sessions, users, numbers, releases, images },
    get: (path: string, ask: Ask = {}) => get(rig.port, path, ask),
    /** All that was written to a log, and what timelines would have. */
    written: () => [...logged, ...rig.logged, JSON.stringify(journal.events)].join('\n'),
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  }
}

/** The path goes as it is. */
function get(port: number, path: string, { method = 'GET', headers = {}, from }: Ask) {
  const { promise, resolve, reject } = Promise.withResolvers<{
    readonly status: number
    readonly headers: NodeJS.Dict<string | string[]>
    readonly body: string
  }>()
  const options = { host: '127.0.0.1', port, path, method, headers, agent: false }
  const call = request({ ...options, ...(from !== undefined && { localAddress: from }) }, (answer) => {
    let body = ''
    answer.setEncoding('latin1')
    answer.on('data', (part: string) => {
      body += part
    })
    answer.on('error', reject)
    answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body }))
  })
  call.on('error', reject)
  call.end()
  return promise
}
