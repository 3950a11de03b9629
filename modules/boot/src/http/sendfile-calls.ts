import { endianness } from 'node:os'
import { libc } from '@bootcast/netboot'

const EPOLL_CTL_ADD = 1
const EPOLL_CTL_DEL = 2
const EPOLLIN = 0x1
const EPOLLOUT = 0x4
const EPOLLERR = 0x8
const EPOLLHUP = 0x10
const O_CLOEXEC = 0o2000000
const O_NONBLOCK = 0o4000
const F_DUPFD_CLOEXEC = 1030
const EAGAIN = 11
const EINTR = 4

/** struct epoll_event is packed on x86-64 only (epoll.h). */
const eventBytes = process.arch === 'x64' ? 12 : 16
const eventKeyAt = eventBytes - 8
const eventsAtOnce = 64

export type ReadySocket = { readonly key: number; readonly broken: boolean }

/**
 * The system calls of the sendfile way (epoll(7), eventfd(2), sendfile(2), fcntl(2)), for the thread that asks.
 * `undefined` where they are not to be had: not Linux, no koffi, or a processor whose structs nobody has tried.
 */
export function sendfileCalls() {
  const c = ['x64', 'arm64'].includes(process.arch) && endianness() === 'LE' ? libc() : undefined
  if (c === undefined) return undefined
  const { koffi, lib } = c
  const epollCreate = lib.func('int epoll_create1(int flags)')
  const epollCtl = lib.func('int epoll_ctl(int epoll, int op, int fd, void *event)')
  const epollWait = lib.func('int epoll_wait(int epoll, void *events, int max, int timeout)')
  const sendfile = lib.func('int64_t sendfile(int out, int in, void *offset, size_t count)')
  const eventfd = lib.func('int eventfd(unsigned int value, int flags)')
  const eventfdRead = lib.func('int eventfd_read(int fd, void *value)')
  const eventfdWrite = lib.func('int eventfd_write(int fd, uint64_t value)')
  const close = lib.func('int close(int fd)')
  const fcntl = lib.func('int fcntl(int fd, int command, ...)')

  const events = Buffer.alloc(eventBytes * eventsAtOnce)
  const event = Buffer.alloc(eventBytes)
  const scratch = Buffer.alloc(8)
  const checked = (name: string, result: number): number => {
    if (result < 0) throw new Error(`${name} failed with errno ${koffi.errno()}`)
    return result
  }
  const add = (epoll: number, fd: number, key: number, interest: number) => {
    event.writeUInt32LE(interest, 0)
    event.writeUInt32LE(key, eventKeyAt)
    checked('epoll_ctl', epollCtl(epoll, EPOLL_CTL_ADD, fd, event))
  }

  return {
    newEpoll: (): number => checked('epoll_create1', epollCreate(O_CLOEXEC)),
    newWaker: (): number => checked('eventfd', eventfd(0, O_CLOEXEC | O_NONBLOCK)),
    wake: (waker: number): void => void eventfdWrite(waker, 1),
    calm: (waker: number): void => void eventfdRead(waker, scratch),
    /** Another number for the same socket: it stays this socket when Node closes its own. */
    duplicate: (fd: number): number => checked('fcntl', fcntl(fd, F_DUPFD_CLOEXEC, 'int', 0)),
    close: (fd: number): void => void close(fd),
    watchReadable: (epoll: number, fd: number, key: number) => add(epoll, fd, key, EPOLLIN),
    watchWritable: (epoll: number, fd: number, key: number) => add(epoll, fd, key, EPOLLOUT),
    unwatch: (epoll: number, fd: number): void => void epollCtl(epoll, EPOLL_CTL_DEL, fd, event),
    /** Level-triggered; empty after `timeoutMs` or a signal. */
    wait(epoll: number, timeoutMs: number): ReadySocket[] {
      const count = epollWait(epoll, events, eventsAtOnce, timeoutMs)
      if (count < 0 && koffi.errno() !== EINTR)
        throw new Error(`epoll_wait failed with errno ${koffi.errno()}`)
      return Array.from({ length: Math.max(0, count) }, (_, index) => {
        const at = index * eventBytes
        const broken = (events.readUInt32LE(at) & (EPOLLERR | EPOLLHUP)) !== 0
        return { key: events.readUInt32LE(at + eventKeyAt), broken }
      })
    },
    /** How many bytes went; 0 when the file has no more; 'full' when the socket takes none now; else an errno. */
    send(
      socket: number,
      file: number,
      at: number,
      count: number,
    ): number | 'full' | { readonly errno: number } {
      scratch.writeBigInt64LE(BigInt(at))
      const sent: number = sendfile(socket, file, scratch, count)
      if (sent >= 0) return sent
      const errno = koffi.errno()
      return errno === EAGAIN || errno === EINTR ? 'full' : { errno }
    },
  }
}

export type SendfileCalls = NonNullable<ReturnType<typeof sendfileCalls>>
