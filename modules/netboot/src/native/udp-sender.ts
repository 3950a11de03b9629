import { endianness } from 'node:os'
import { libc } from './libc.ts'

const AF_INET = 2
const SOCK_DGRAM_CLOEXEC_NONBLOCK = 2 | 0o2000000 | 0o4000
const MSG_DONTWAIT = 0x40
const SOL_UDP = 17
const UDP_SEGMENT = 103
const sockaddrBytes = 16

/** The kernel's bounds for one call (UDP_MAX_SEGMENTS of older kernels; an IPv4 packet less its two headers). */
export const maxSegments = 64
export const maxSegmentedBytes = 65507

/** What a send came to: `sent`, `full` (the socket's buffer has no room now), or errno's name. */
export type Sending = 'sent' | 'full' | string

/**
 * A bound UDP socket (IPv4) that is written with sendto(2), without waiting and without a copy for each packet.
 * Its descriptor is to be read, and closed, by a socket of `node:dgram` (`bind({ fd })`).
 */
export type UdpSender = {
  readonly fd: number
  /** Sends the first `length` bytes. `target` is a `socketAddress`. Never after the descriptor was closed. */
  send(bytes: Buffer, length: number, target: Buffer): Sending
  /**
   * From now on what is longer than `bytes` leaves in packets of that length, cut by the kernel (udp(7),
   * UDP_SEGMENT, Linux 4.18); 0 ends it. Where the device cannot, `send` says EIO, EINVAL or EMSGSIZE.
   * @returns whether this kernel knows it
   */
  segmentsOf(bytes: number): boolean
}

/**
 * Opens one on any free port of `address`; `undefined` where system calls cannot be made, or fail: the portable way
 * then says why.
 */
export function openUdpSender(address: string): UdpSender | undefined {
  const calls = systemCalls()
  if (calls === undefined) return undefined
  const fd = calls.socket(AF_INET, SOCK_DGRAM_CLOEXEC_NONBLOCK, 0)
  if (fd < 0) return undefined
  if (calls.bind(fd, socketAddress(address, 0), sockaddrBytes) < 0) {
    calls.close(fd)
    return undefined
  }
  return {
    fd,
    send: (bytes, length, target) =>
      calls.sendto(fd, bytes, length, MSG_DONTWAIT, target, sockaddrBytes) >= 0 ? 'sent' : calls.failure(),
    segmentsOf: (bytes) => {
      const value = Buffer.alloc(4)
      value.writeInt32LE(bytes)
      return calls.setsockopt(fd, SOL_UDP, UDP_SEGMENT, value, 4) >= 0
    },
  }
}

/** A sockaddr_in: ip(7). */
export function socketAddress(address: string, port: number): Buffer {
  const sockaddr = Buffer.alloc(sockaddrBytes)
  sockaddr.writeUInt16LE(AF_INET, 0)
  sockaddr.writeUInt16BE(port, 2)
  sockaddr.set(address.split('.').map(Number), 4)
  return sockaddr
}

type SystemCalls = {
  socket(domain: number, type: number, protocol: number): number
  bind(fd: number, address: Buffer, length: number): number
  setsockopt(fd: number, level: number, name: number, value: Buffer, length: number): number
  sendto(fd: number, bytes: Buffer, length: number, flags: number, to: Buffer, toLength: number): number
  close(fd: number): number
  failure(): Sending
}

let made: SystemCalls | undefined

function systemCalls(): SystemCalls | undefined {
  if (made !== undefined) return made
  const loaded = endianness() === 'LE' ? libc() : undefined
  if (loaded === undefined) return undefined
  const { koffi, lib } = loaded
  const names = new Map(Object.entries(koffi.os.errno).map(([name, number]) => [number, name]))
  made = {
    socket: lib.func('int socket(int, int, int)'),
    bind: lib.func('int bind(int, const void *, uint32_t)'),
    setsockopt: lib.func('int setsockopt(int, int, int, const void *, uint32_t)'),
    sendto: lib.func('long sendto(int, const void *, size_t, int, const void *, uint32_t)'),
    close: lib.func('int close(int)'),
    failure() {
      const name = names.get(koffi.errno()) ?? `errno ${koffi.errno()}`
      return name === 'EAGAIN' || name === 'EWOULDBLOCK' || name === 'ENOBUFS' ? 'full' : name
    },
  }
  return made
}
