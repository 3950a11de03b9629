import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import {
  type DhcpPacket,
  decodeDhcp,
  encodeDhcp,
  type MessageType,
  type OptionValues,
  readOption,
  writeOptions,
} from '../../../modules/netboot/src/index.ts'

export type DhcpIdentity = { readonly mac: string; readonly options: OptionValues }
export type Bound = {
  readonly address: string
  readonly server: string
  /** What to load: a name for TFTP, or a URL. */
  readonly file: string
}

/** As PXE waits for offers and answers (PXE 2.1 §2.2.3: 4, 8, 16, 32 s), four times as fast. */
const patiencesMs = [1_000, 2_000, 4_000, 8_000, 8_000, 8_000]

/** The DHCP side of many machines on one socket; answers come as broadcasts and are told apart by their number. */
export class SwarmDhcp {
  readonly #socket: Socket
  readonly #waiting = new Map<number, (packet: DhcpPacket) => void>()
  #lastNumber = 0

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('message', (bytes) => {
      const packet = decodeDhcp(bytes)
      if (!('malformed' in packet)) this.#waiting.get(packet.xid)?.(packet)
    })
  }

  static async open(): Promise<SwarmDhcp> {
    const socket = createSocket({ type: 'udp4', reuseAddr: true, recvBufferSize: 4 * 2 ** 20 })
    socket.bind(68)
    await once(socket, 'listening')
    socket.setBroadcast(true)
    return new SwarmDhcp(socket)
  }

  /** An address and what to load, by DISCOVER and REQUEST. `onAgain`: something had to be sent again. */
  async bind(machine: DhcpIdentity, onAgain: () => void): Promise<Bound> {
    this.#lastNumber += 1
    const xid = this.#lastNumber
    const offer = await this.#ask(messageOf(machine, xid, 'discover'), 'offer', onAgain)
    const server = readOption(offer.options, 'server-identifier') ?? ''
    const chosen = { 'requested-address': offer.yiaddr, 'server-identifier': server }
    const ack = await this.#ask(messageOf(machine, xid, 'request', chosen), 'ack', onAgain)
    const file = ack.file === '' ? (readOption(ack.options, 'bootfile-name') ?? '') : ack.file
    return { address: ack.yiaddr, server, file }
  }

  async #ask(request: DhcpPacket, wanted: MessageType, onAgain: () => void): Promise<DhcpPacket> {
    const bytes = encodeDhcp(request)
    for (const [index, patienceMs] of patiencesMs.entries()) {
      if (index > 0) onAgain()
      const answer = this.#next(request.xid, patienceMs)
      this.#socket.send(bytes, 67, '255.255.255.255')
      const packet = await answer
      const type = packet === undefined ? undefined : readOption(packet.options, 'message-type')
      if (packet !== undefined && type === wanted) return packet
      if (type === 'nak') throw new Error('DHCP: refused')
    }
    throw new Error(`DHCP: no ${wanted}`)
  }

  #next(xid: number, patienceMs: number): Promise<DhcpPacket | undefined> {
    return new Promise((resolve) => {
      const done = (packet?: DhcpPacket) => {
        clearTimeout(timer)
        this.#waiting.delete(xid)
        resolve(packet)
      }
      const timer = setTimeout(done, patienceMs)
      this.#waiting.set(xid, done)
    })
  }

  close(): void {
    this.#socket.close()
  }
}

function messageOf(
  { mac, options }: DhcpIdentity,
  xid: number,
  type: MessageType,
  more: OptionValues = {},
): DhcpPacket {
  const none = '0.0.0.0'
  return {
    ...{ op: 'request', htype: 1, hlen: 6, hops: 0, xid, secs: 0, broadcast: true },
    ...{ ciaddr: none, yiaddr: none, siaddr: none, giaddr: none, mac, sname: '', file: '' },
    options: writeOptions({ 'message-type': type, 'max-message-size': 1260, ...options, ...more }),
  }
}
