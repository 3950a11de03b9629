import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { udpSocketOnDevice } from '../native/udp-socket.ts'
import { RequestsFirst } from './requests-first.ts'

export type DhcpSocketSettings = {
  /** Where to bind: `0.0.0.0` hears broadcasts, an address of ours does not. */
  readonly address: string
  readonly port: number
  /** The network device to hear and to send on. Without it: all. */
  readonly device?: string
  /** DISCOVERs come after all else that is there, and too many of them are dropped: see `RequestsFirst`. */
  readonly onPacket: (bytes: Uint8Array, from: RemoteInfo) => void
  /** What went wrong later on, such as a network that is down. The socket goes on. */
  readonly onError: (error: Error) => void
  /** A DISCOVER was dropped, since too many wait. */
  readonly onDropped?: () => void
}

export type DhcpSocket = {
  /** Sends without waiting; what cannot be sent goes to `onError`. */
  send(bytes: Uint8Array, port: number, address: string): void
  readonly port: number
  close(): Promise<void>
}

/** DHCP cannot be kept on one network device here: only Linux can, through the optional package koffi. */
export class DeviceBindingMissing extends Error {
  override readonly name = 'DeviceBindingMissing'
  readonly code = 'NO_DEVICE_BINDING'

  constructor(device: string) {
    super(`a socket cannot be tied to ${device} here`)
  }
}

/** The kernel gives less where net.core.rmem_max is lower. A socket on a device has as much: udp-socket.ts. */
const receiveBufferBytes = 2 ** 20

/**
 * A UDP socket for DHCP: SO_REUSEADDR (another DHCP server may run on this machine), SO_BROADCAST, tied to a device.
 * @throws an error with `code` EACCES, EADDRINUSE, ENODEV, NO_DEVICE_BINDING … when it cannot be opened
 */
export async function openDhcpSocket(settings: DhcpSocketSettings): Promise<DhcpSocket> {
  const { device, address, port, onError, onDropped } = settings
  const fd = device === undefined ? undefined : udpSocketOnDevice(device, address, port)
  // On all networks instead of the one that was named it would be a rogue server on the others.
  if (device !== undefined && fd === undefined) throw new DeviceBindingMissing(device)
  // Addresses only: without a look-up, a message leaves at once instead of in the next turn.
  const socket = createSocket({
    type: 'udp4',
    reuseAddr: true,
    lookup: (host, _options, found) => found(null, host, 4),
  })
  const packets = new RequestsFirst(settings.onPacket)
  socket.on('message', (bytes, from) => {
    if (!packets.add(bytes, from)) onDropped?.()
  })
  const listening = once(socket, 'listening') // before bind: with a descriptor the event comes at once
  socket.bind(fd === undefined ? { address, port } : { fd })
  await listening.catch((error: unknown) => {
    socket.close()
    throw error
  })
  if (fd === undefined) {
    socket.setBroadcast(true)
    socket.setRecvBufferSize(receiveBufferBytes)
  }
  socket.on('error', onError)
  const sent = (error: Error | null) => {
    if (error !== null) onError(error)
  }
  return {
    port: socket.address().port,
    send: (bytes, toPort, toAddress) => socket.send(bytes, toPort, toAddress, sent),
    close: () => {
      packets.clear()
      return closed(socket)
    },
  }
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.close(() => resolve()))
}
