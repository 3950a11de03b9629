import type { IncomingMessage, ServerResponse } from 'node:http'
import type { IpxeScript } from '@bootcast/netboot'
import type { BootJournal } from '../boot-journal.ts'
import type { ScriptOptions } from '../boot-script.ts'
import type { BootPeople, BootSource } from '../boot-source.ts'
import type { Counters } from '../counters.ts'
import type { HeldAnswers } from '../grub/held-answers.ts'
import type { FileSender } from '../http/file-sender.ts'
import type { LoaderShelf } from '../loader-shelf.ts'
import { featuresOf } from '../loaders.ts'
import type { BootLog } from '../log.ts'
import type { MachineFacts } from '../machine.ts'
import type { Answering } from '../machine-answer.ts'
import type { BootSession } from '../sessions/boot-session.ts'
import type { BootSessions } from '../sessions/boot-sessions.ts'
import type { CodeSource } from '../sessions/code-source.ts'
import { bootUrl } from '../template.ts'

export type HttpBootSettings = {
  readonly source: BootSource
  readonly shelf: LoaderShelf
  readonly sender: FileSender
  readonly sessions: BootSessions
  readonly codes: CodeSource
  /** Who may sign in at a screen; absent: nobody. */
  readonly people?: BootPeople | undefined
  /** A QR picture of a text, PNG; absent: none is offered. */
  readonly qrPicture?: ((text: string) => Buffer) | undefined
  /** Where machines reach this HTTP listener when they came in at `address`; no slash at the end. */
  readonly baseUrl: (address: string) => string
  /** From where a request comes, when not always from the other end of its connection: a proxy stands between. */
  readonly clientAddress?: ((request: IncomingMessage) => string) | undefined
  /** Where people approve codes, when that is not `/activate` there. */
  readonly activateUrl?: ((address: string) => string) | undefined
  readonly log: BootLog
  /** Absent: nobody keeps timelines. */
  readonly journal?: BootJournal | undefined
  /** Aborted when the platform stops: whoever waits gets an answer. */
  readonly stopping?: AbortSignal | undefined
}

/** One request on its way to an answer. */
export type Web = {
  readonly settings: HttpBootSettings
  readonly counters: Counters
  /** The level for what strangers can cause. */
  readonly levelOf: (kind: string) => 'warn' | 'debug'
  readonly journal: BootJournal
  readonly held: HeldAnswers
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** What follows the `?`. */
  readonly search: string
}

/** A request with a valid key. */
export type KeyedWeb = Web & { readonly session: BootSession; readonly key: string }

/** The address of whoever asks, IPv4 in its own form. */
export const clientOf = ({ request, settings }: Web): string =>
  plainAddress(settings.clientAddress?.(request) ?? request.socket.remoteAddress)

export function baseUrlOf({ settings, request }: Web): string {
  return settings.baseUrl(plainAddress(request.socket.localAddress) || '127.0.0.1')
}

export function activateUrlOf(web: Web): string {
  const { settings, request } = web
  return settings.activateUrl?.(plainAddress(request.socket.localAddress)) ?? `${baseUrlOf(web)}/activate`
}

const plainAddress = (address = ''): string => address.replace(/^::ffff:/, '')

/** What a script for this machine depends on; `key`: that of its session. */
export function scriptOptions(web: Web, machine: MachineFacts, key?: string): ScriptOptions {
  const base = baseUrlOf(web)
  const platform = machine.firmware?.startsWith('uefi') === true ? 'uefi' : 'bios'
  return {
    base,
    boot: key === undefined ? base : bootUrl(base, key),
    features: featuresOf(web.request.headers['user-agent'], platform),
  }
}

export function answeringOf({ settings, counters, journal }: Web): Answering {
  const { source, log } = settings
  return { source, log, counters, journal }
}

export function sendScript(web: Web, script: IpxeScript): void {
  send(web, 200, 'text/plain; charset=us-ascii', script.toString())
}

export function sendText(web: Web, status: number, text: string): void {
  send(web, status, 'text/plain; charset=utf-8', text)
}

export function send({ request, response }: Web, status: number, type: string, text: string | Buffer): void {
  const body = Buffer.from(text as string)
  response.writeHead(status, {
    'content-type': type,
    // In these very letters, see http/serve-file.ts.
    'Content-Length': body.length,
    'cache-control': 'no-store',
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}
