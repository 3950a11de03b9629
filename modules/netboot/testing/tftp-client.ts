import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { decodeTftp, encodeTftp, type TftpPacket } from '../src/tftp/packet.ts'

type Received = { readonly packet: TftpPacket; readonly from: RemoteInfo }

/** A client that tests drive packet by packet, or let fetch a whole file. It never sends again by itself. */
export class TftpTestClient {
  readonly #socket: Socket
  readonly #server: { readonly address: string; readonly port: number }
  readonly #received: Received[] = []
  #waiting: (() => void) | undefined

  private constructor(socket: Socket, server: { readonly address: string; readonly port: number }) {
    this.#socket = socket
    this.#server = server
    socket.on('message', (bytes, from) => {
      const packet = decodeTftp(bytes)
      if ('malformed' in packet) throw new Error(`the server sent nonsense: ${packet.malformed}`)
      this.#received.push({ packet, from })
      this.#waiting?.()
    })
  }

  /** @param address where to come from, in 127.0.0.0/8 for the server there */
  static async open(
    serverPort: number,
    address = '127.0.0.1',
    server = '127.0.0.1',
  ): Promise<TftpTestClient> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 })
    const listening = once(socket, 'listening')
    socket.bind(0, address)
    await listening
    return new TftpTestClient(socket, { address: server, port: serverPort })
  }

  get port(): number {
    return this.#socket.address().port
  }

  ask(path: string, options: Readonly<Record<string, string>> = {}, mode = 'octet'): void {
    this.send({ kind: 'read', path, mode, options: new Map(Object.entries(options)) })
  }

  send(packet: TftpPacket | Uint8Array, to: { address: string; port: number } = this.#server): void {
    const bytes = packet instanceof Uint8Array ? packet : encodeTftp(packet)
    this.#socket.send(bytes, to.port, to.address)
  }

  /** The next packet, or `undefined` when none comes in time. */
  async next(milliseconds = 2000): Promise<Received | undefined> {
    if (this.#received.length === 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, milliseconds)
        this.#waiting = () => {
          clearTimeout(timer)
          resolve()
        }
      })
      this.#waiting = undefined
    }
    return this.#received.shift()
  }

  /** A whole file, as a client without trouble fetches it. */
  async fetch(
    path: string,
    options: Readonly<Record<string, string>> = {},
    patienceMs = 2000,
  ): Promise<Buffer> {
    this.ask(path, options)
    const blocks: Uint8Array[] = []
    let blockSize = 512
    let window = 1
    for (;;) {
      const { packet, from } = (await this.next(patienceMs)) ?? fail(`no packet after block ${blocks.length}`)
      if (packet.kind === 'oack') {
        blockSize = Number(packet.options.get('blksize') ?? blockSize)
        window = Number(packet.options.get('windowsize') ?? window)
        this.send({ kind: 'ack', block: 0 }, from)
        continue
      }
      if (packet.kind !== 'data') fail(`${path}: ${JSON.stringify(packet)}`)
      if (packet.block !== ((blocks.length + 1) & 0xffff)) continue
      blocks.push(packet.bytes)
      const isLast = packet.bytes.length < blockSize
      if (isLast || blocks.length % window === 0) this.send({ kind: 'ack', block: packet.block }, from)
      if (isLast) return Buffer.concat(blocks)
    }
  }

  close(): void {
    this.#socket.close()
  }
}

function fail(reason: string): never {
  throw new Error(reason)
}
