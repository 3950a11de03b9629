import { type TftpEvent, type TftpFile, type TftpRequest, TftpServer } from '@bootcast/netboot'
import type { BootJournal } from './boot-journal.ts'
import type { BootSource } from './boot-source.ts'
import type { Counters } from './counters.ts'
import type { LoaderShelf } from './loader-shelf.ts'
import { type BootLog, type LogLevel, tame, withoutKey } from './log.ts'
import type { BootSessions } from './sessions/boot-sessions.ts'
import type { CodeSource } from './sessions/code-source.ts'
import { noteOfTftp } from './tftp-notes.ts'
import { openTftpPath, routeOf } from './tftp-routes/chain.ts'

export type TftpListenerSettings = {
  readonly address: string
  readonly port: number
  readonly source: BootSource
  readonly sessions: BootSessions
  readonly codes: CodeSource
  readonly shelf: LoaderShelf
  readonly baseUrl: (address: string) => string
  readonly activateUrl?: ((address: string) => string) | undefined
  readonly counters: Counters
  readonly log: BootLog
  readonly journal: BootJournal
}

/**
 * TFTP for loaders, first scripts, and all that GRUB fetches. Gives the running server.
 * @throws an error with `code` when the port cannot be opened
 */
export async function listenTftp(settings: TftpListenerSettings): Promise<TftpServer> {
  const { address, port, counters, log, journal } = settings
  const server = new TftpServer({
    address,
    port,
    open: (request) => open(settings, request),
    onEvent: (event) => {
      counters.add(`tftp.${event.kind}`)
      tell(log, event)
      const note = noteOfTftp(event, (path) => routeOf(path, settings.shelf))
      if (note !== undefined) journal.note(note)
    },
  })
  await server.start()
  return server
}

async function open(
  { baseUrl, activateUrl, ...shared }: TftpListenerSettings,
  request: TftpRequest,
): Promise<TftpFile | undefined> {
  const { counters, log } = shared
  const client = request.client.address
  const { address } = request.server
  const base = baseUrl(address)
  const context = {
    ...{ ...shared, client, baseUrl: base },
    activateUrl: activateUrl?.(address) ?? `${base}/activate`,
  }
  const found = await openTftpPath(request.path, context)
  if (found === undefined) {
    counters.add('tftp.nobody claims the path')
    log('debug', 'a TFTP path that nobody claims', { path: tame(withoutKey(request.path)), client })
    return undefined
  }
  counters.add(`tftp.${found.route}`)
  return found.file
}

const lines: { readonly [Kind in TftpEvent['kind']]?: readonly [LogLevel, string] } = {
  trouble: ['warn', 'a TFTP socket has a problem'],
  busy: ['warn', 'TFTP has no room for a request'],
  refused: ['info', 'a TFTP request was refused'],
  // EDK2 asks for the size first and breaks off: normal.
  aborted: ['debug', 'a TFTP transfer was broken off'],
  done: ['debug', 'a file was sent by TFTP'],
}

/** shim 16 asks for these and goes on without; there are none. */
const unneeded = /(?:^|\/)(?:revocations_s(?:ku|bat)|shim_certificate_\d+)\.efi$/

function tell(log: BootLog, event: TftpEvent): void {
  const line = lines[event.kind]
  if (line === undefined || (event.kind === 'refused' && unneeded.test(event.path))) return
  const about = 'path' in event ? { path: tame(withoutKey(event.path)), client: event.client.address } : {}
  const why = 'reason' in event ? { reason: tame(event.reason) } : {}
  const sent = 'bytes' in event ? { bytes: event.bytes, ms: Math.round(event.milliseconds) } : {}
  log(...line, { ...about, ...why, ...sent })
}
