// Plays the part of a captured BIOS PXE client that has no iPXE: node first-stage-client.ts CAPTURE, in a namespace
// whose eth0 has the client's addresses. Sends the captured bytes; prints as JSON what came back.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { dhcpOption, dotted, type UdpPacket, udpPackets } from './capture.ts'

const platform = '10.77.0.1'
const patienceMs = 1_000
const tries = 6
const options = { requestedAddress: 50, messageType: 53, server: 54 }
const types = { discover: 1, offer: 2, request: 3, ack: 5 }
const opcodes = { data: 3, acknowledgement: 4, optionAcknowledgement: 6 }

type Packet = { readonly bytes: Buffer; readonly address: string; readonly port: number }

const captured = udpPackets(process.argv[2] ?? '')
const isType = (type: number) => (packet: UdpPacket) =>
  dhcpOption(packet.payload, options.messageType)?.[0] === type
const discover = find('DISCOVER', (packet) => packet.toPort === 67 && isType(types.discover)(packet))
const request = find('REQUEST', (packet) => packet.toPort === 67 && isType(types.request)(packet))
const bootRequest = captured.find((packet) => packet.toPort === 4011)
const readRequest = find('read request', (packet) => packet.toPort === 69)

const socket = await bound(68)
socket.setBroadcast(true)
const offer = await answerTo(discover.payload, '255.255.255.255', 67, types.offer)
const { ack, address } = bootRequest === undefined ? await takeAddress() : await askProxy(bootRequest)
socket.close()
const file = await readByTftp(address)
process.stdout.write(
  JSON.stringify({
    offer: offer.toString('hex'),
    ack: ack.toString('hex'),
    options: file.options,
    sha256: createHash('sha256').update(file.bytes).digest('hex'),
  }),
)

function find(what: string, matches: (packet: UdpPacket) => boolean): UdpPacket {
  const packet = captured.find(matches)
  if (packet === undefined) throw new Error(`the capture has no ${what}`)
  return packet
}

/** The platform gives addresses itself. */
async function takeAddress(): Promise<{ ack: Buffer; address: string }> {
  const address = offer.subarray(16, 20)
  const asked = Buffer.from(request.payload)
  dhcpOption(asked, options.requestedAddress)?.set(address)
  dhcpOption(asked, options.server)?.set(dhcpOption(offer, options.server) ?? [])
  const ack = await answerTo(asked, '255.255.255.255', 67, types.ack)
  execFileSync('ip', ['addr', 'flush', 'dev', 'eth0'])
  execFileSync('ip', ['addr', 'add', `${dotted(address)}/24`, 'dev', 'eth0'])
  return { ack, address: dotted(address) }
}

/** The platform answers on the port of boot servers; the address is another server's affair. */
async function askProxy(packet: UdpPacket): Promise<{ ack: Buffer; address: string }> {
  return { ack: await answerTo(packet.payload, platform, 4011, types.ack), address: packet.from }
}

async function answerTo(bytes: Uint8Array, to: string, port: number, type: number): Promise<Buffer> {
  const mine = ({ bytes: reply, address }: Packet) =>
    address === platform && reply.subarray(4, 8).equals(bytes.subarray(4, 8)) && typeOf(reply) === type
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const reply = next(socket, mine)
    socket.send(bytes, port, to)
    const packet = await reply
    if (packet !== undefined) return packet.bytes
  }
  throw new Error(`no DHCP message of type ${type} from ${platform} on ${to}:${port}`)
}

async function readByTftp(address: string): Promise<{ bytes: Buffer; options: string }> {
  const client = await bound(0, address)
  const first = next(client, ({ bytes }) => bytes.readUInt16BE(0) === opcodes.optionAcknowledgement)
  client.send(readRequest.payload, 69, platform)
  const accepted = await first
  if (accepted === undefined) throw new Error('no answer to the options of the read request')
  const blocks: Buffer[] = []
  const agreed = accepted.bytes.toString('latin1', 2)
  const blockSize = Number(/blksize\0(\d+)/.exec(agreed)?.[1] ?? 512)
  for (let block = 0, last = blockSize; last === blockSize; block += 1) {
    const wanted = next(
      client,
      ({ bytes }) => bytes.readUInt16BE(0) === opcodes.data && bytes.readUInt16BE(2) === block + 1,
    )
    client.send(Buffer.from([0, opcodes.acknowledgement, block >> 8, block & 255]), accepted.port, platform)
    const data = (await wanted)?.bytes.subarray(4)
    if (data === undefined) throw new Error(`no TFTP block ${block + 1}`)
    blocks.push(data)
    last = data.length
  }
  client.send(
    Buffer.from([0, opcodes.acknowledgement, blocks.length >> 8, blocks.length & 255]),
    accepted.port,
    platform,
  )
  client.close()
  return { bytes: Buffer.concat(blocks), options: agreed.replaceAll('\0', ' ').trim() }
}

async function bound(port: number, address?: string): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', reuseAddr: true })
  await new Promise<void>((resolve) => socket.bind(port, address, resolve))
  return socket
}

/** The next packet that matches, or `undefined` when none comes in time. */
function next(from: Socket, matches: (packet: Packet) => boolean): Promise<Packet | undefined> {
  return new Promise((resolve) => {
    const done = (packet: Packet | undefined) => {
      clearTimeout(timer)
      from.off('message', listen)
      resolve(packet)
    }
    const listen = (bytes: Buffer, { address, port }: { address: string; port: number }) => {
      if (matches({ bytes, address, port })) done({ bytes, address, port })
    }
    const timer = setTimeout(() => done(undefined), patienceMs)
    from.on('message', listen)
  })
}

function typeOf(packet: Buffer): number | undefined {
  return dhcpOption(packet, options.messageType)?.[0]
}
