import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { udpSocketOnDevice } from '../native/udp-socket.ts'

export type DhcpSocketSettings = {
  /** Where to bind: `0.0.0.0` hears broadcasts, an address of ours does not. */
  readonly address: string
  readonly port: number
  /** The network device to hear and to send on. Without it, or where a socket cannot be tied to one: all. */
  readonly device?: string
  readonly onPacket: (bytes: Uint8Array, from: RemoteInfo) => void
  /** What went wrong later on, such as a network that is down. The socket goes on. */
  readonly onError: (error: Error) => void
}

export type DhcpSocket = {
  /** Sends without waiting; what cannot be sent goes to `onError`. */
  send(bytes: Uint8Array, port: number, address: string): void
  readonly port: number
  close(): Promise<void>
}

/**
 * A UDP socket for DHCP: SO_REUSEADDR (another DHCP server may run on this machine), SO_BROADCAST, tied to a device.
 * @throws an error with `code` EACCES, EADDRINUSE, ENODEV … when it cannot be opened
 */
export async function openDhcpSocket(settings: DhcpSocketSettings): Promise<DhcpSocket> {
  const socket = createSocket({ type: 'udp4', reuseAddr: true })
  const fd =
    settings.device === undefined
      ? undefined
      : udpSocketOnDevice(settings.device, settings.address, settings.port)
  const listening = once(socket, 'listening') // before bind: with a descriptor the event comes at once
  socket.bind(fd === undefined ? { address: settings.address, port: settings.port } : { fd })
  await listening
  if (fd === undefined) socket.setBroadcast(true)
  socket.on('message', settings.onPacket)
  socket.on('error', settings.onError)
  return {
    port: socket.address().port,
    send: (bytes, port, address) => {
      socket.send(bytes, port, address, (error) => {
        if (error !== null) settings.onError(error)
      })
    },
    close: () => closed(socket),
  }
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.close(() => resolve()))
}
