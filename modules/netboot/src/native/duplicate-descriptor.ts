import { libc } from './libc.ts'

const F_DUPFD_CLOEXEC = 1030

let fcntl: ((fd: number, command: number, ...argument: unknown[]) => number) | undefined

/**
 * Another number for the same open socket: it stays this socket when Node closes its own (fcntl(2), F_DUPFD_CLOEXEC).
 * `undefined` where system calls cannot be made, or no number is left.
 */
export function duplicateDescriptor(fd: number): number | undefined {
  fcntl ??= libc()?.lib.func('int fcntl(int fd, int command, ...)')
  const duplicate = fcntl?.(fd, F_DUPFD_CLOEXEC, 'int', 0) ?? -1
  return duplicate < 0 ? undefined : duplicate
}
