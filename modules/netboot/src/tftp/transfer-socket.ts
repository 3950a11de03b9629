import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import {
  maxSegmentedBytes,
  maxSegments,
  openUdpSender,
  socketAddress,
  type UdpSender,
} from '../native/udp-sender.ts'

export type Peer = { readonly address: string; readonly port: number }

/** `native` where system calls can be made (see native/libc.ts), else `portable`. Both do the same. */
export type SendingWay = 'native' | 'portable'

export type TransferSocketSettings = {
  readonly address: string
  readonly way: SendingWay
  readonly onPacket: (bytes: Uint8Array, from: RemoteInfo) => void
  /** A packet that could not be sent counts as lost: the transfer sends again, or gives up. */
  readonly onError: (error: Error) => void
}

const headerBytes = 4
/** One for all transfers: the kernel has copied its bytes when a send returns. */
const scratch = Buffer.allocUnsafeSlow(maxSegmentedBytes)

/** The socket of one transfer, whose port is the server's transfer identifier (RFC 1350 §4). */
export class TransferSocket {
  readonly #socket: Socket
  readonly #sender: UdpSender | undefined
  readonly #onError: (error: Error) => void
  #peer: Peer | undefined
  #target: Buffer = Buffer.alloc(0)
  /** How many packets one call may send; `untried` until it matters. */
  #segments: number | 'untried' = 'untried'
  #closed = false

  private constructor(socket: Socket, sender: UdpSender | undefined, settings: TransferSocketSettings) {
    this.#socket = socket
    this.#sender = sender
    this.#onError = settings.onError
    socket.on('message', settings.onPacket)
    socket.on('error', settings.onError)
  }

  /** @throws an error with `code` when no socket can be opened: EMFILE, EADDRNOTAVAIL … */
  static async open(settings: TransferSocketSettings): Promise<TransferSocket> {
    const socket = createSocket({ type: 'udp4', lookup: noLookup })
    const sender = settings.way === 'native' ? openUdpSender(settings.address) : undefined
    const listening = once(socket, 'listening') // a socket made of a descriptor listens before `bind` returns
    socket.bind(sender === undefined ? { address: settings.address, port: 0 } : { fd: sender.fd })
    await listening.catch((error: unknown) => {
      socket.close()
      throw error
    })
    return new TransferSocket(socket, sender, settings)
  }

  /** To whom `sendBlocks` sends. */
  talkTo(peer: Peer): void {
    this.#peer = peer
    if (this.#sender !== undefined) this.#target = socketAddress(peer.address, peer.port)
  }

  send(packet: Uint8Array, to: Peer): void {
    if (this.#closed) return
    this.#socket.send(packet, to.port, to.address, this.#report)
  }

  /** Sends `bytes` as DATA packets that start with block `first`; the last may be short, or empty. */
  sendBlocks(first: number, count: number, blockSize: number, bytes: Uint8Array): void {
    for (let done = 0; done < count && !this.#closed; ) {
      const some = Math.min(this.#packetsAtOnce(count, blockSize), count - done)
      const part = bytes.subarray(done * blockSize, (done + some) * blockSize)
      if (this.#sender === undefined) this.#sendPortably(first + done, part)
      else if (!this.#sendNatively(this.#sender, first + done, some, blockSize, part)) continue
      done += some
    }
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#socket.close()
  }

  #packetsAtOnce(count: number, blockSize: number): number {
    if (this.#sender === undefined || count === 1) return 1
    if (this.#segments === 'untried') {
      const segment = headerBytes + blockSize
      const fitting = Math.min(maxSegments, Math.floor(scratch.length / segment))
      this.#segments = fitting > 1 && this.#sender.segmentsOf(segment) ? fitting : 1
    }
    return this.#segments
  }

  /** @returns false when nothing was sent and it shall be tried again packet by packet */
  #sendNatively(
    sender: UdpSender,
    first: number,
    count: number,
    blockSize: number,
    bytes: Uint8Array,
  ): boolean {
    const outcome = sender.send(scratch, packBlocks(first, count, blockSize, bytes), this.#target)
    if (outcome === 'sent') return true
    if (outcome !== 'full' && this.#segments !== 'untried' && this.#segments > 1) {
      // EIO: this device makes no checksums. EINVAL, EMSGSIZE: the block is larger than its MTU.
      this.#segments = 1
      sender.segmentsOf(0)
      return false
    }
    if (outcome !== 'full') this.#onError(Object.assign(new Error(`sendto: ${outcome}`), { code: outcome }))
    // node:dgram waits until there is room.
    for (let i = 0; outcome === 'full' && i < count; i++) {
      this.#sendPortably(first + i, bytes.subarray(i * blockSize, (i + 1) * blockSize))
    }
    return true
  }

  #sendPortably(block: number, bytes: Uint8Array): void {
    const peer = this.#peer
    if (peer === undefined) return
    const header = Uint8Array.of(0, 3, block >> 8, block)
    this.#socket.send([header, bytes], peer.port, peer.address, this.#report)
  }

  readonly #report = (error: Error | null): void => {
    if (error !== null && !this.#closed) this.#onError(error)
  }
}

/** Lays the DATA packets one behind another, as the kernel cuts them. @returns their bytes in all */
function packBlocks(first: number, count: number, blockSize: number, bytes: Uint8Array): number {
  let at = 0
  for (let i = 0; i < count; i++) {
    const block = first + i
    const end = Math.min((i + 1) * blockSize, bytes.length)
    scratch[at] = 0
    scratch[at + 1] = 3
    scratch[at + 2] = block >> 8
    scratch[at + 3] = block
    if (end > i * blockSize) scratch.set(bytes.subarray(i * blockSize, end), at + headerBytes)
    at += headerBytes + Math.max(0, end - i * blockSize)
  }
  return at
}

/** Addresses are always given as numbers here; asking the resolver would cost a turn of the loop for each packet. */
function noLookup(
  address: string,
  _options: unknown,
  done: (error: null, address: string, family: number) => void,
): void {
  done(null, address, 4)
}
