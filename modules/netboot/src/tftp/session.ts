import type { RemoteInfo } from 'node:dgram'
import { BlockReader, type TftpFile } from './block-reader.ts'
import { decodeTftp, encodeTftp, tftpErrors } from './packet.ts'
import type { TransferTerms } from './terms.ts'
import { type Step, Transfer } from './transfer.ts'
import type { Peer, TransferSocket } from './transfer-socket.ts'

/** How a transfer ended, and what it went by. `bytes` are those the client has acknowledged. */
export type SessionEnd = {
  readonly bytes: number
  readonly size: number
  readonly blockSize: number
  readonly windowSize: number
  readonly retransmissions: number
  /** Why it did not end with the whole file. */
  readonly aborted?: string
}

export type SessionSettings = {
  readonly peer: Peer
  readonly file: TftpFile
  readonly terms: TransferTerms
  readonly socket: Pick<TransferSocket, 'talkTo' | 'send' | 'sendBlocks' | 'close'>
  readonly now: () => number
  readonly onMalformed: () => void
  /** Called once, when socket and file are closed. */
  readonly onEnd: (end: SessionEnd) => void
}

/** A file read that takes longer is a broken store; the client gave up long before. */
const readTimeoutMs = 60_000
const ackOpcode = 4

/** One transfer: the state machine with its socket and its file. */
export class Session {
  readonly transfer: Transfer
  readonly #settings: SessionSettings
  readonly #reader: BlockReader
  readonly #oack: Uint8Array
  #readingSince: number | undefined
  #ended = false
  #trouble: string | undefined

  constructor(settings: SessionSettings) {
    const { file, terms, now, peer, socket } = settings
    this.#settings = settings
    this.transfer = new Transfer({ size: file.size, terms, now: now() })
    this.#reader = new BlockReader(file, terms.blockSize)
    this.#oack = encodeTftp({ kind: 'oack', options: terms.accepted })
    socket.talkTo(peer)
  }

  begin(): void {
    this.#take(this.transfer.begin(this.#settings.now()))
  }

  askedAgain(): void {
    this.#take(this.transfer.askedAgain(this.#settings.now()))
  }

  /** To be called now and then: sends again what is overdue, or gives up. */
  tick(now: number): void {
    if (this.#readingSince !== undefined && now - this.#readingSince > readTimeoutMs) {
      this.#fail('the file could not be read in time')
    } else if (now >= this.transfer.deadline) this.#take(this.transfer.expire(now))
  }

  /** A datagram came to the socket of this transfer. */
  receive(bytes: Uint8Array, from: RemoteInfo): void {
    const { peer } = this.#settings
    if (this.#ended) return
    // Nobody can be answered at port 0: Node refuses to send there.
    if (from.port === 0) this.#settings.onMalformed()
    else if (from.port !== peer.port || from.address !== peer.address) this.#receiveFromStranger(bytes, from)
    else if (bytes.length >= 4 && bytes[0] === 0 && bytes[1] === ackOpcode) {
      const block = ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0)
      this.#take(this.transfer.acknowledge(block, this.#settings.now()))
    } else this.#receiveOther(bytes)
  }

  /** What the system said about a packet that could not be sent; told when the transfer ends for want of answers. */
  sendingFailed(error: Error): void {
    this.#trouble = error.message
  }

  /** Ends without a word to the client. */
  drop(reason: string): void {
    this.#end(reason)
  }

  /** RFC 1350 §4: an error to the stranger, and the transfer goes on. Errors are never answered. */
  #receiveFromStranger(bytes: Uint8Array, from: RemoteInfo): void {
    const packet = decodeTftp(bytes)
    if ('malformed' in packet) this.#settings.onMalformed()
    else if (packet.kind === 'ack' || packet.kind === 'data') {
      const code = tftpErrors.unknownTransfer
      this.#settings.socket.send(encodeTftp({ kind: 'error', code, message: 'Unknown transfer' }), from)
    }
  }

  #receiveOther(bytes: Uint8Array): void {
    const packet = decodeTftp(bytes)
    if (!('malformed' in packet) && packet.kind === 'error') {
      // EDK2 and iPXE end their question for the size this way: error 8 after the OACK.
      this.#end(`client: error ${packet.code}${shown(packet.message)}`)
    } else this.#settings.onMalformed()
  }

  #take(step: Step): void {
    switch (step.do) {
      case 'nothing':
        return
      case 'send-oack':
        this.#settings.socket.send(this.#oack, this.#settings.peer)
        this.transfer.sent(this.#settings.now())
        return
      case 'send-blocks':
        this.#sendBlocks(step.first, step.count)
        return
      case 'finish':
        this.#end(undefined)
        return
      case 'give-up':
        this.#end(this.#whyGivenUp())
    }
  }

  #sendBlocks(first: number, count: number): void {
    try {
      const bytes = this.#reader.blocks(first, count)
      if (bytes instanceof Uint8Array) {
        this.#sendNow(first, count, bytes)
        return
      }
      this.#readingSince = this.#settings.now()
      bytes.then(
        (read) => this.#sendNow(first, count, read),
        (error: unknown) => this.#fail(`the file could not be read: ${messageOf(error)}`),
      )
    } catch (error) {
      this.#fail(`the file could not be read: ${messageOf(error)}`)
    }
  }

  #sendNow(first: number, count: number, bytes: Uint8Array): void {
    if (this.#ended) return
    this.#readingSince = undefined
    this.#settings.socket.sendBlocks(first, count, this.#settings.terms.blockSize, bytes)
    this.transfer.sent(this.#settings.now())
  }

  #fail(reason: string): void {
    const message = 'The file could not be read to its end'
    const packet = encodeTftp({ kind: 'error', code: tftpErrors.undefined, message })
    this.#settings.socket.send(packet, this.#settings.peer)
    this.#end(reason)
  }

  #whyGivenUp(): string {
    const { acknowledgedBlocks, retransmissions, answered } = this.transfer
    const trouble = this.#trouble === undefined ? '' : `; last sending error: ${this.#trouble}`
    if (!answered) return `the client did not answer${trouble}`
    return `the client fell silent after block ${acknowledgedBlocks}, ${retransmissions} packets sent again${trouble}`
  }

  #end(aborted: string | undefined): void {
    if (this.#ended) return
    this.#ended = true
    const { file, terms, socket, onEnd } = this.#settings
    socket.close()
    this.#reader.close()
    const { acknowledgedBlocks, retransmissions } = this.transfer
    const { size } = file
    const { blockSize, windowSize } = terms
    const bytes = Math.min(size, acknowledgedBlocks * blockSize)
    const end = { bytes, size, blockSize, windowSize, retransmissions }
    onEnd({ ...end, ...(aborted === undefined ? {} : { aborted }) })
  }
}

/** Text of the client as it may stand in a log: one line, bounded. */
function shown(message: string): string {
  const text = message.replace(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ').trim()
  return text === '' ? '' : ` “${text.slice(0, 80)}”`
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
