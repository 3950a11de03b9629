import { pathToFileURL } from 'node:url'
import { decodeTftp, encodeTftp, type TftpPacket } from '../src/tftp/packet.ts'
import { refusalOf } from '../src/tftp/refusal.ts'
import { Session } from '../src/tftp/session.ts'
import { negotiate } from '../src/tftp/terms.ts'
import { type Seeded, seeded } from './seeded.ts'

const seeds: readonly TftpPacket[] = [
  { kind: 'read', path: 'ipxe.efi', mode: 'octet', options: new Map([['blksize', '1468']]) },
  {
    kind: 'read',
    path: 'a/b/autoexec.ipxe',
    mode: 'octet',
    options: new Map([
      ['tsize', '0'],
      ['blksize', '1468'],
      ['windowsize', '4'],
      ['timeout', '3'],
    ]),
  },
  { kind: 'write', path: 'x', mode: 'netascii', options: new Map() },
  { kind: 'data', block: 7, bytes: new Uint8Array(512) },
  { kind: 'ack', block: 3 },
  { kind: 'error', code: 8, message: 'User aborted' },
  { kind: 'oack', options: new Map([['blksize', '1468']]) },
]
const limits = { maxBlockSize: 1468, maxWindowSize: 64, maxWindowBytes: 128 * 1024 }
const peer = { address: '127.0.0.1', port: 2070 }
const from = { ...peer, family: 'IPv4' as const, size: 0 }
const file = { size: 100_000, read: (_offset: number, length: number) => new Uint8Array(length) }

export type FuzzReport = {
  readonly packets: number
  readonly requests: number
  readonly malformed: number
  readonly answers: number
  /** How far the heap went above where it was after a tenth of the run, MiB. */
  readonly heapGrowthMiB: number
}

/**
 * Feeds generated packets to the codec, the negotiation and running transfers. The same seed does the same.
 * @throws when something throws, is out of bounds, or answers what it must not
 */
export function fuzzTftp(packets: number, seed: number): FuzzReport {
  const next = seeded(seed)
  const report = { requests: 0, malformed: 0, answers: 0 }
  let sent = 0
  let session = newSession(() => sent++)
  let heap = 0
  let highest = 0
  for (let i = 0; i < packets; i++) {
    const bytes = mutated(next)
    const packet = decodeTftp(bytes)
    sent = 0
    session.receive(bytes, from)
    check('malformed' in packet ? sent === 0 : sent <= 64, `${sent} packets answer ${describe(bytes)}`)
    report.answers += sent
    if ('malformed' in packet) report.malformed++
    else if (packet.kind === 'read' || packet.kind === 'write') {
      report.requests++
      checkTerms(packet.options)
      const isClean =
        /^[^\p{C}]{1,400}$/u.test(packet.path) && packet.kind === 'read' && packet.mode === 'octet'
      check(isClean || refusalOf(packet) !== undefined, `served: ${describe(bytes)}`)
    }
    if (i % 1000 === 0) {
      session.drop('another one')
      session = newSession(() => sent++)
      highest = Math.max(highest, process.memoryUsage().heapUsed)
      if (i <= packets / 10) heap = highest
    }
  }
  session.drop('the end')
  return { packets, ...report, heapGrowthMiB: Math.round((highest - heap) / 2 ** 20) }
}

/** A packet of the list with bytes changed, cut or added; sometimes only noise, or an acknowledgement at random. */
function mutated(next: Seeded): Uint8Array {
  const kind = next(8)
  if (kind === 0) return Uint8Array.from({ length: next(64) }, () => next(256))
  if (kind === 1) return Uint8Array.of(0, 4, next(2), next(80))
  const bytes = Buffer.from(encodeTftp(seeds[next(seeds.length)]!))
  for (let changes = next(4); changes > 0; changes--) bytes[next(bytes.length)] = next(2) * next(256)
  if (kind === 2) return bytes.subarray(0, next(bytes.length + 1))
  if (kind === 3) return Buffer.concat([bytes, Uint8Array.from({ length: next(700) }, () => next(256))])
  return bytes
}

function checkTerms(options: ReadonlyMap<string, string>): void {
  const { blockSize, windowSize, timeoutSeconds = 1 } = negotiate(options, file.size, limits)
  check(blockSize >= 8 && blockSize <= limits.maxBlockSize, `block size ${blockSize}`)
  check(windowSize >= 1 && windowSize <= 64 && windowSize * blockSize <= limits.maxWindowBytes, 'window')
  check(timeoutSeconds >= 1 && timeoutSeconds <= 255, `timeout ${timeoutSeconds}`)
}

function newSession(onSend: () => void): Session {
  const options = new Map([
    ['blksize', '512'],
    ['windowsize', '64'],
  ])
  const socket = {
    talkTo: () => {},
    close: () => {},
    send: onSend,
    sendBlocks: (_first: number, count: number) => {
      for (let i = 0; i < count; i++) onSend()
    },
  }
  const terms = negotiate(options, file.size, limits)
  const session = new Session({
    ...{ peer, file, terms, socket, now: () => performance.now() },
    onMalformed: () => {},
    onEnd: () => {},
  })
  session.begin()
  return session
}

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(what)
}

function describe(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

/** `node modules/netboot/testing/fuzz-tftp.ts [PACKETS [SEED]]`, default a million. */
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const seed = Number(process.argv[3] ?? Date.now() % 1_000_000)
  process.stdout.write(`seed ${seed}: `)
  const report = fuzzTftp(Number(process.argv[2] ?? 1_000_000), seed)
  process.stdout.write(`${JSON.stringify(report)}\n`)
}
