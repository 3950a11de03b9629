import type { TftpEvent } from '@bootcast/netboot'
import type { BootEvent } from './boot-journal.ts'
import { withoutKey } from './log.ts'

type RouteOf = (path: string) => string | undefined

/** What a TFTP transfer tells a timeline. `routeOf`: the name of the route that claims a path, if one does. */
export function noteOfTftp(event: TftpEvent, routeOf: RouteOf): BootEvent | undefined {
  if ('path' in event && isPolling.test(event.path)) return undefined
  switch (event.kind) {
    case 'request':
      return { kind: 'tftp-begins', ...transferOf(event, routeOf) }
    case 'done':
    case 'aborted':
      return ended(event, routeOf)
    case 'refused': {
      const { reason } = event
      const nothing = { bytes: 0, size: 0, ms: 0, blockSize: 512, windowSize: 1, resent: 0 }
      return { kind: 'tftp', ...transferOf(event, routeOf), outcome: 'refused', reason, ...nothing }
    }
    case 'oack':
    case 'busy':
    case 'trouble':
      return undefined
  }
}

/** GRUB asks every two seconds what became of its code. */
const isPolling = /\/grub\/wait\.cfg$/

type Ended = Extract<TftpEvent, { readonly kind: 'done' | 'aborted' }>

function ended(event: Ended, routeOf: RouteOf): BootEvent {
  const { bytes, size, milliseconds, blockSize, windowSize, retransmissions: resent } = event
  return {
    kind: 'tftp',
    ...transferOf(event, routeOf),
    outcome: outcomeOf(event),
    ...('reason' in event && { reason: event.reason }),
    bytes,
    size,
    ms: Math.round(milliseconds),
    blockSize,
    windowSize,
    resent,
  }
}

/** EDK2 and iPXE end their question for the size with an error before they have taken a block. */
function outcomeOf(event: Ended) {
  if (event.kind === 'done') return 'done'
  if (!event.reason.startsWith('client:')) return 'given-up'
  return event.bytes === 0 ? 'measured' : 'broken-off'
}

type Asked = {
  readonly client: { readonly address: string; readonly port: number }
  readonly path: string
}

function transferOf({ client, path }: Asked, routeOf: RouteOf) {
  const route = routeOf(path)
  return {
    address: client.address,
    transfer: `${client.address}:${client.port}`,
    ...shownPath(path),
    ...(route !== undefined && { route }),
  }
}

/** What GRUB asks for has a key, or a query with all that a machine says of itself. */
function shownPath(path: string): { readonly path: string; readonly digest?: string } {
  const [plain = ''] = withoutKey(path).split('?', 1)
  const [, hex, name] = /(?:^|\/)files\/([0-9a-f]{64})\/([^/]+)$/.exec(plain) ?? []
  return name === undefined ? { path: plain } : { path: name, digest: `sha256:${hex}` }
}
