import { libc } from './libc.ts'

const AF_INET = 2
const SOCK_DGRAM_CLOEXEC_NONBLOCK = 2 | 0o2000000 | 0o4000
const SOL_SOCKET = 1
const SO_REUSEADDR = 2
const SO_BROADCAST = 6
const SO_RCVBUF = 8
const SO_BINDTODEVICE = 25
const SO_RCVBUFFORCE = 33

/** A system call that failed, with errno's name as `code`, as Node's own errors have it. */
export class SystemCallFailed extends Error {
  override readonly name = 'SystemCallFailed'
  readonly code: string
  readonly call: string

  constructor(call: string, code: string) {
    super(`${call}: ${code}`)
    this.call = call
    this.code = code
  }
}

/** Room for some thousand packets that wait, which is more than net.core.rmem_max usually allows. */
const receiveBufferBytes = 2 ** 20

/**
 * The descriptor of a UDP socket (IPv4) bound to one network device, so that it hears that device only and its
 * broadcasts leave there: socket(7), SO_BINDTODEVICE. `undefined` where system calls cannot be made.
 * @throws {SystemCallFailed} EACCES for a low port without the right to it, EADDRINUSE, ENODEV …
 */
export function udpSocketOnDevice(device: string, address: string, port: number): number | undefined {
  const calls = systemCalls()
  if (calls === undefined) return undefined
  const fd = calls.check('socket', calls.socket(AF_INET, SOCK_DGRAM_CLOEXEC_NONBLOCK, 0))
  try {
    const on = Buffer.from([1, 0, 0, 0])
    calls.check('setsockopt', calls.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, on, 4))
    calls.check('setsockopt', calls.setsockopt(fd, SOL_SOCKET, SO_BROADCAST, on, 4))
    const size = Buffer.alloc(4)
    size.writeInt32LE(receiveBufferBytes)
    // Without CAP_NET_ADMIN what net.core.rmem_max allows must do.
    if (calls.setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, size, 4) < 0)
      calls.check('setsockopt', calls.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, size, 4))
    const name = Buffer.from(`${device}\0`)
    calls.check('setsockopt', calls.setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, name.length))
    const sockaddr = Buffer.alloc(16)
    sockaddr.writeUInt16LE(AF_INET, 0)
    sockaddr.writeUInt16BE(port, 2)
    sockaddr.set(address.split('.').map(Number), 4)
    calls.check('bind', calls.bind(fd, sockaddr, sockaddr.length))
    return fd
  } catch (error) {
    calls.close(fd)
    throw error
  }
}

type SystemCalls = {
  socket(domain: number, type: number, protocol: number): number
  setsockopt(fd: number, level: number, name: number, value: Buffer, length: number): number
  bind(fd: number, address: Buffer, length: number): number
  close(fd: number): number
  check(call: string, result: number): number
}

let made: SystemCalls | undefined

function systemCalls(): SystemCalls | undefined {
  if (made !== undefined) return made
  const loaded = libc()
  if (loaded === undefined) return undefined
  const { koffi, lib } = loaded
  made = {
    socket: lib.func('int socket(int, int, int)'),
    setsockopt: lib.func('int setsockopt(int, int, int, const void *, uint32_t)'),
    bind: lib.func('int bind(int, const void *, uint32_t)'),
    close: lib.func('int close(int)'),
    check(call, result) {
      if (result >= 0) return result
      const errno = koffi.errno()
      const name = Object.entries(koffi.os.errno).find(([, value]) => value === errno)?.[0]
      throw new SystemCallFailed(call, name ?? `errno ${errno}`)
    },
  }
  return made
}
