import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  BootCodes,
  type BootPeople,
  type BootPlan,
  BootSessions,
  type CodeSource,
  CodesAway,
  createFileSender,
  createHttpBoot,
  LoaderShelf,
  SignInRefused,
} from '@bootcast/boot'
import { efiLoader } from './loader-files.ts'
import { MemoryBootSource } from './memory-boot-source.ts'
import { MemoryJournal } from './memory-journal.ts'

export type Answer = {
  readonly status: number
  readonly headers: NodeJS.Dict<string | string[]>
  readonly body: string
  /** As they were sent. */
  readonly fieldNames: readonly string[]
}
export type Ask = {
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: string
  /** Which machine asks: an address of the loopback network. */
  readonly from?: string
  readonly signal?: AbortSignal
}

/** The HTTP side of booting over a source in memory, on loopback. */
export type BootWeb = {
  readonly source: MemoryBootSource
  readonly codes: BootCodes
  readonly sessions: BootSessions
  readonly logged: string[]
  readonly journal: MemoryJournal
  /** Passwords by user name. */
  readonly passwords: Map<string, string>
  /** What the clock of sessions and codes says; may be moved. */
  readonly clock: { at: number }
  /** Whether whoever comes from another address is the same machine. */
  readonly card: { isSame: boolean }
  /** Whether who gives out codes can be reached. */
  readonly upstream: { isAway: boolean }
  get(path: string, ask?: Ask): Promise<Answer>
  counters(): Readonly<Record<string, number>>
}

const base = 'http://192.0.2.1:8080'
const file = (digit: string, name: string) => ({ digest: `sha256:${digit.repeat(64)}`, size: 10, name })

export const linuxPlan = {
  method: 'linux',
  title: 'demo 3',
  architecture: 'x86_64',
  kernel: file('a', 'vmlinuz'),
  initrds: [file('b', 'initrd.gz')],
  cmdline: 'quiet',
} as const satisfies BootPlan

/** The key that a script uses. */
export function keyIn(script: string): string {
  const key = /\/b\/([A-Za-z0-9_-]{22})\//.exec(script)?.[1]
  if (key === undefined) throw new Error(`there is no key in the script:\n${script}`)
  return key
}

export async function withWeb(run: (web: BootWeb) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'bootcast-http-'))
  const source = new MemoryBootSource()
  const logged: string[] = []
  const passwords = new Map<string, string>()
  const clock = { at: 1_000_000_000_000 }
  const card = { isSame: false }
  const now = () => clock.at
  const sender = createFileSender({ threads: 0 })
  const codes = new BootCodes({ now })
  const upstream = { isAway: false }
  const sessions = new BootSessions({ isSameMachine: async () => card.isSame, now })
  const shelf = await LoaderShelf.open({ directory, log: () => {} })
  await shelf.import('ipxe-amd64.efi', [efiLoader()] as never)
  const log = (level: string, message: string, fields = {}) =>
    void logged.push(`${level} ${message} ${JSON.stringify(fields)}`)
  const people: BootPeople = {
    async signIn(name, password) {
      if (passwords.get(name) === password) return name
      throw new SignInRefused(name === 'locked' ? 'locked' : 'wrong', name === 'locked' ? 30 : 2)
    },
  }
  const qrPicture = (text: string) => Buffer.from(`picture of ${text}`)
  const journal = new MemoryJournal()
  const settings = {
    journal,
    source,
    shelf,
    sender,
    sessions,
    codes: asFromUpstream(codes, upstream),
    people,
    qrPicture,
    baseUrl: () => base,
    log,
  }
  const boot = createHttpBoot(settings)
  const server = createServer((incoming, response) => {
    if (boot.handle(incoming, response)) return
    response.writeHead(418).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const get = (path: string, ask: Ask = {}) => send(port, path, ask)
  try {
    await run({
      source,
      journal,
      codes,
      sessions,
      logged,
      passwords,
      clock,
      card,
      upstream,
      get,
      counters: () => boot.counters(),
    })
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await sender.stop()
    rmSync(directory, { recursive: true })
  }
}

/** Codes as a site has them: later than at once, and not always. */
function asFromUpstream(codes: BootCodes, upstream: { readonly isAway: boolean }): CodeSource {
  const reach = async () => {
    if (upstream.isAway) throw new CodesAway()
  }
  return {
    codeFor: async (session) => {
      await reach()
      return codes.codeFor(session)
    },
    wait: async (session, signal) => {
      await reach()
      return await codes.wait(session, signal)
    },
  }
}

/** As EDK2 does: HTTP/1.1, and a path that is sent as it is. */
function send(
  port: number,
  path: string,
  { method = 'GET', headers = {}, body, from, signal }: Ask,
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const options = { host: '127.0.0.1', port, path, method, headers, agent: false }
  const more = { ...(from !== undefined && { localAddress: from }), ...(signal !== undefined && { signal }) }
  const call = request({ ...options, ...more }, (answer) => {
    const parts: Buffer[] = []
    answer.on('data', (part: Buffer) => parts.push(part))
    answer.on('error', reject)
    answer.on('end', () =>
      resolve({
        status: answer.statusCode ?? 0,
        headers: answer.headers,
        body: Buffer.concat(parts).toString('latin1'),
        fieldNames: answer.rawHeaders,
      }),
    )
  })
  call.on('error', reject)
  call.end(body)
  return promise
}
