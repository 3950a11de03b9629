import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import type { TftpFile } from './block-reader.ts'
import type { TftpCounters, TftpEvent } from './events.ts'
import { largestBlock } from './link-mtu.ts'
import { decodeTftp, encodeTftp, type TftpRequestPacket, tftpErrors } from './packet.ts'
import { type Refusal, refusalOf, shownPath } from './refusal.ts'
import { Session, type SessionEnd } from './session.ts'
import { negotiate } from './terms.ts'
import { type Peer, type SendingWay, TransferSocket } from './transfer-socket.ts'
import { type Slot, Transfers } from './transfers.ts'

export type TftpRequest = {
  /** As the client sent it: 1 to 400 bytes, printable. `..`, `\` and `//` are for `open` to judge. */
  readonly path: string
  readonly client: Peer
  /** The address the server was told to listen on. */
  readonly server: { readonly address: string }
}

export type TftpServerSettings = {
  /** IPv4. Transfers answer from it, too. */
  readonly address: string
  /** 69 on a network; 0 takes a free one. */
  readonly port: number
  /**
   * The file of this path; `undefined` becomes error 1 (not found), a rejection error 0. Closed by the server.
   * @param request bounded, but hostile
   */
  readonly open: (request: TftpRequest) => Promise<TftpFile | undefined>
  readonly onEvent?: (event: TftpEvent) => void
  /** Transfers at one time. Each holds a socket and at most one window or 64 KiB of its file. Default 1024. */
  readonly maxTransfers?: number
  /** Default 64. */
  readonly maxTransfersPerAddress?: number
  /** Default: what the link of `address` carries in one packet. */
  readonly maxBlockSize?: number
  /** In blocks, default 64; whatever it is, a window has at most 128 KiB. */
  readonly maxWindowSize?: number
  readonly sending?: SendingWay
}

const maxWindowBytes = 128 * 1024
const openTimeoutMs = 30_000
const tickMs = 50
const busyEventMs = 1000

/**
 * A read-only TFTP server: RFC 1350 (octet), 2347, 2348, 2349, 7440. What it does, section by section, is in
 * docs/protocols/tftp.md.
 */
export class TftpServer {
  readonly #settings: TftpServerSettings
  readonly #transfers: Transfers
  readonly #count = {
    requests: 0,
    done: 0,
    aborted: 0,
    refused: 0,
    busy: 0,
    malformed: 0,
    stray: 0,
    bytes: 0,
    retransmissions: 0,
  }
  #socket: Socket | undefined
  #maxBlockSize = 512
  #ticker: NodeJS.Timeout | undefined
  #busyToldAt = Number.NEGATIVE_INFINITY

  constructor(settings: TftpServerSettings) {
    this.#settings = settings
    const { maxTransfers = 1024, maxTransfersPerAddress = 64 } = settings
    this.#transfers = new Transfers({ maxTransfers, maxTransfersPerAddress })
  }

  /** @throws an error with `code` when the port cannot be opened: EACCES, EADDRINUSE, EADDRNOTAVAIL … */
  async start(): Promise<void> {
    const { address, port, maxBlockSize } = this.#settings
    this.#maxBlockSize = maxBlockSize ?? (await largestBlock(address))
    const socket = createSocket({ type: 'udp4' })
    const listening = once(socket, 'listening')
    socket.bind({ address, port })
    await listening.catch((error: unknown) => {
      socket.close()
      throw error
    })
    socket.on('message', (bytes, from) => this.#receive(bytes, from))
    socket.on('error', (error) => this.#tell({ kind: 'trouble', reason: error.message }))
    this.#socket = socket
    this.#ticker = setInterval(() => this.#tick(), tickMs)
  }

  /** Ends all transfers at once, without a word to their clients: another server may go on with them. */
  async stop(): Promise<void> {
    const socket = this.#socket
    if (socket === undefined) return
    this.#socket = undefined
    clearInterval(this.#ticker)
    for (const slot of [...this.#transfers.all()]) this.#drop(slot, 'the server stops')
    await new Promise<void>((resolve) => socket.close(() => resolve()))
  }

  /** The port that was opened. */
  get port(): number {
    return this.#socket?.address().port ?? this.#settings.port
  }

  get counters(): TftpCounters {
    return { ...this.#count, active: this.#transfers.size }
  }

  #receive(bytes: Uint8Array, from: RemoteInfo): void {
    const packet = decodeTftp(bytes)
    if ('malformed' in packet) this.#count.malformed++
    else if (packet.kind !== 'read' && packet.kind !== 'write') this.#count.stray++
    else if (from.port === 0) this.#count.malformed++
    else this.#receiveRequest(packet, { address: from.address, port: from.port })
  }

  #receiveRequest(packet: TftpRequestPacket, client: Peer): void {
    const refusal = refusalOf(packet)
    const now = performance.now()
    const asked = JSON.stringify([packet.kind, packet.path, packet.mode, ...packet.options])
    const known = this.#transfers.of(client)
    if (known !== undefined && !startsAnew(known, asked, now)) {
      known.session?.askedAgain()
      return
    }
    this.#count.requests++
    if (known !== undefined) this.#drop(known, 'the client asks for something else')
    if (refusal === undefined) this.#accept(packet, client, asked, now)
    else this.#refuse(client, packet.path, refusal)
  }

  #accept(packet: TftpRequestPacket, client: Peer, asked: string, now: number): void {
    const slot = this.#transfers.take(client, asked, now)
    if ('full' in slot) {
      this.#busy(client, packet.path, slot.full, now)
      return
    }
    this.#tell({ kind: 'request', client, path: packet.path })
    this.#serve(slot, packet).catch((error: unknown) => {
      this.#transfers.release(slot)
      this.#tell({ kind: 'trouble', reason: `no transfer for ${client.address}: ${messageOf(error)}` })
    })
  }

  async #serve(slot: Slot, packet: TftpRequestPacket): Promise<void> {
    const { address, open, sending = 'native' } = this.#settings
    const { path } = packet
    const file = await this.#openFile(slot, path, () =>
      open({ path, client: slot.peer, server: { address } }),
    )
    if (file === undefined) return
    try {
      const socket = await TransferSocket.open({
        address,
        way: sending,
        onPacket: (bytes, from) => slot.session?.receive(bytes, from),
        onError: (error) => slot.session?.sendingFailed(error),
      })
      if (slot.released || this.#socket === undefined) {
        socket.close()
        file.close?.()
        return
      }
      this.#begin(slot, packet, file, socket)
    } catch (error) {
      file.close?.()
      throw error
    }
  }

  /** `undefined` when the request has ended: refused, or its client was not waited for any longer. */
  async #openFile(
    slot: Slot,
    path: string,
    open: () => Promise<TftpFile | undefined>,
  ): Promise<TftpFile | undefined> {
    const refuse = (refusal: Refusal) => {
      if (slot.released) return
      this.#transfers.release(slot)
      this.#refuse(slot.peer, path, refusal)
    }
    const late = setTimeout(
      () => refuse({ code: tftpErrors.undefined, message: 'The file could not be opened in time' }),
      openTimeoutMs,
    )
    try {
      const file = await open()
      if (file === undefined) refuse({ code: tftpErrors.notFound, message: 'File not found' })
      if (!slot.released) return file
      file?.close?.()
    } catch (error) {
      const message = 'The file could not be opened; ask again later'
      refuse({ code: tftpErrors.undefined, message, reason: messageOf(error) })
    } finally {
      clearTimeout(late)
    }
    return undefined
  }

  #begin(slot: Slot, packet: TftpRequestPacket, file: TftpFile, socket: TransferSocket): void {
    const terms = negotiate(packet.options, file.size, {
      maxBlockSize: this.#maxBlockSize,
      maxWindowSize: this.#settings.maxWindowSize ?? 64,
      maxWindowBytes,
    })
    const { peer: client, since } = slot
    const { path } = packet
    if (terms.accepted.size > 0) {
      this.#tell({ kind: 'oack', client, path, options: Object.fromEntries(terms.accepted) })
    }
    slot.session = new Session({
      peer: client,
      file,
      terms,
      socket,
      now: () => performance.now(),
      onMalformed: () => {
        this.#count.malformed++
      },
      onEnd: (end) => this.#ended(slot, path, performance.now() - since, end),
    })
    slot.session.begin()
  }

  #ended(slot: Slot, path: string, milliseconds: number, end: SessionEnd): void {
    const { aborted, ...sent } = end
    this.#transfers.release(slot)
    this.#count.bytes += sent.bytes
    this.#count.retransmissions += sent.retransmissions
    const about = { client: slot.peer, path, milliseconds, ...sent }
    if (aborted === undefined) {
      this.#count.done++
      this.#tell({ kind: 'done', ...about })
    } else {
      this.#count.aborted++
      this.#tell({ kind: 'aborted', ...about, reason: aborted })
    }
  }

  #drop(slot: Slot, reason: string): void {
    if (slot.session === undefined) this.#transfers.release(slot)
    else slot.session.drop(reason)
  }

  #refuse(client: Peer, path: string, { code, message, reason = message }: Refusal): void {
    this.#count.refused++
    this.#tell({ kind: 'refused', client, path: shownPath(path), code, reason })
    const packet = encodeTftp({ kind: 'error', code, message })
    this.#socket?.send(packet, client.port, client.address, (error) => {
      if (error !== null) this.#tell({ kind: 'trouble', reason: error.message })
    })
  }

  /** No answer: the client's own repetition finds a place later, where an error would end its boot. */
  #busy(client: Peer, path: string, reason: string, now: number): void {
    this.#count.busy++
    if (now - this.#busyToldAt < busyEventMs) return
    this.#busyToldAt = now
    this.#tell({ kind: 'busy', client, path, reason })
  }

  /** Grows with the number of transfers, which is bounded. */
  #tick(): void {
    const now = performance.now()
    for (const slot of this.#transfers.all()) slot.session?.tick(now)
  }

  #tell(event: TftpEvent): void {
    this.#settings.onEvent?.(event)
  }
}

/**
 * Whether a request from the address and port of a transfer begins another one. The same request is a repetition,
 * unless the client has been silent in the middle of the file: firmware uses the same port again after a reset.
 */
function startsAnew(slot: Slot, asked: string, now: number): boolean {
  if (slot.asked !== asked) return true
  const transfer = slot.session?.transfer
  return transfer?.answered === true && now - transfer.heardAt >= 1000
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
