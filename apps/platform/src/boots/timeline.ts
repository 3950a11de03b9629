import type { BootEvent } from '@bootcast/boot'
import type { FileTold, Line, TftpTold, Told } from './boot.ts'
import type { Change, Lines } from './lines.ts'
import { toldOf } from './told-of.ts'

/** Lines that the system sends for people; of more, the last ones stay. */
const mostWords = 40
/** Tries of one path by TFTP that get a line of their own. */
const mostTries = 8

type Kind<K extends BootEvent['kind']> = Extract<BootEvent, { readonly kind: K }>
type Way<Event> = (lines: Lines, event: Event, at: number) => Change | undefined
type Ways = { readonly [K in BootEvent['kind']]?: Way<Kind<K>> }

/** Writes an event into the timeline of its boot. `undefined`: it has no room, or says nothing. */
export function addEvent(lines: Lines, event: BootEvent, at: number): Change | undefined {
  const way = ways[event.kind] as Way<BootEvent> | undefined
  return way === undefined ? addTold(lines, toldOf(event) as Told, at) : way(lines, event, at)
}

/** A line is the same as another one when it says the same of what counts for its kind. */
export function addTold(lines: Lines, told: Told, at: number): Change | undefined {
  let key: string = told.kind
  for (const name of names[told.kind] ?? []) key += `|${(told as Record<string, unknown>)[name]}`
  return lines.put(key, told, at, 'repeated')
}

/** What makes two events of a kind different lines; by nothing else they differ, or it does not count. */
const names: { readonly [K in Told['kind']]?: readonly string[] } = {
  discover: ['via', 'isIpxe', 'vendorClass', 'firmware'],
  offer: ['via', 'server', 'file', 'offered'],
  ignored: ['via', 'reason', 'detail'],
  request: ['via', 'isIpxe', 'server', 'wanted'],
  'other-offer': ['server', 'offered', 'file', 'fileServer'],
  lease: ['leased'],
  'address-refused': ['why'],
  system: ['vendorClass'],
  asked: ['address', 'from', 'loader'],
  decided: ['decision', 'because', 'release', 'user'],
  approved: ['user', 'by'],
  'signed-in': ['user', 'how'],
  'sign-in-failed': ['user', 'how', 'why'],
  'refused-file': ['name', 'why'],
  trouble: ['where', 'reason'],
  'came-back': [],
}

const ways: Ways = {
  'tftp-begins': tftpBegins,
  tftp: tftpEnds,
  'file-begins': fileBegins,
  file: fileEnds,
  decided: (lines, event, at) => {
    const told = toldOf(event)
    const files = event.files?.length
    return addTold(lines, { ...told, files } as Told, at)
  },
  'disk-report': (lines, event, at) => lines.put(`disk:${event.release}`, toldOf(event), at, 'went-on'),
  'phone-home': phoneHome,
}

type TftpLine = Line & TftpTold
type FileLine = Line & FileTold

const nothingSent = { bytes: 0, size: 0, ms: 0, blockSize: 512, windowSize: 1, resent: 0 }

/** Each try has a line; the question for the size and what follows it are one try. */
function tftpBegins(lines: Lines, event: Kind<'tftp-begins'>, at: number) {
  const told: TftpTold = { ...toldOf(event), kind: 'tftp', outcome: 'running', ...nothingSent }
  const tries = triesOf(lines, told.path)
  const last = `tftp:${told.path}:${tries - 1}`
  const known = lines.of(last) as TftpLine | undefined
  const isSameTry = known !== undefined && (known.outcome === 'measured' || tries >= mostTries)
  const key = isSameTry ? last : `tftp:${told.path}:${tries}`
  const change = lines.put(key, { ...told, resent: isSameTry ? known.resent : 0 }, at, 'went-on')
  if (change !== undefined) lines.runs(event.transfer, key)
  return change
}

function triesOf(lines: Lines, path: string): number {
  let tries = 0
  while (lines.of(`tftp:${path}:${tries}`) !== undefined) tries += 1
  return tries
}

function tftpEnds(lines: Lines, event: Kind<'tftp'>, at: number) {
  const key = lines.ends(event.transfer)
  const told = toldOf(event)
  const known = key === undefined ? undefined : (lines.of(key) as TftpLine | undefined)
  if (key === undefined || known === undefined)
    return lines.put(`tftp-${told.outcome}:${told.path}`, told, at, 'repeated')
  const line: TftpLine = { ...known, ...told, resent: known.resent + event.resent, until: at }
  return lines.replace(key, line, 'went-on')
}

function fileBegins(lines: Lines, event: Kind<'file-begins'>, at: number) {
  const key = fileKey(event)
  const begun = { ...toldOf(event), kind: 'file', isRunning: true } as const
  const known = lines.of(key) as FileLine | undefined
  const sums = known === undefined ? { status: 200, bytes: 0, ms: 0, completed: false } : {}
  const change = lines.put(key, { ...sums, ...begun } as FileTold, at, howItGoesOn(known))
  if (change !== undefined) lines.runs(event.transfer, key)
  return change
}

function fileEnds(lines: Lines, event: Kind<'file'>, at: number) {
  const key = lines.ends(event.transfer ?? '')
  const told = toldOf(event)
  const known = key === undefined ? undefined : (lines.of(key) as FileLine | undefined)
  if (key === undefined || known === undefined)
    return lines.put(`${event.status}:${event.isMeasured}:${fileKey(event)}`, told, at, 'repeated')
  const line: FileLine = {
    ...known,
    ...told,
    bytes: known.bytes + event.bytes,
    ms: known.ms + event.ms,
    end: event.end,
    until: at,
    isRunning: lines.isRunning(key),
  }
  const isFirst = known.until === undefined || !event.completed
  return lines.replace(key, line, isFirst ? 'went-on' : howItGoesOn(line))
}

/** Of the many files of a tree, and the many parts of a file, only the first is news. */
function howItGoesOn(known: FileLine | undefined): 'went-on' | 'repeated' {
  return known?.what === 'tree' || known?.status === 206 ? 'repeated' : 'went-on'
}

/** All files of a tree are one line. */
function fileKey({ what, name, digest = '' }: Pick<FileTold, 'what' | 'name' | 'digest'>): string {
  return what === 'tree' ? `tree:${digest}` : `file:${what}:${digest}:${name}`
}

/** What the system says for people: of many lines the last ones stay, since they tell of a failure. */
function phoneHome(lines: Lines, event: Kind<'phone-home'>, at: number) {
  const told = toldOf(event)
  if (event.state !== 'line') return lines.put(`phone:${event.state}`, told, at, 'went-on')
  const words = lines.words
  lines.words += 1
  const key = `words:${words % mostWords}`
  const known = lines.of(key)
  if (known === undefined) return lines.begin(key, told, at)
  lines.dropped += 1
  return lines.replace(key, { n: known.n, at, ...told }, 'went-on')
}
