import type { TftpEvent } from '@bootcast/netboot'
import type { BootEvent } from './boot-journal.ts'
import { withoutKey } from './log.ts'

/** What a TFTP transfer tells a timeline. `routeOf`: the name of the route that claims a path, if one does. */
export function noteOfTftp(
  event: TftpEvent,
  routeOf: (path: string) => string | undefined,
): BootEvent | undefined {
  switch (event.kind) {
    case 'request': {
      const path = withoutKey(event.path)
      return { kind: 'tftp-begins', ...transferOf(event), path }
    }
    case 'done':
    case 'aborted':
      return ended(event, routeOf(event.path))
    case 'refused': {
      const { reason } = event
      const path = withoutKey(event.path)
      const nothing = { bytes: 0, size: 0, ms: 0, blockSize: 512, windowSize: 1, resent: 0 }
      return { kind: 'tftp', ...transferOf(event), path, outcome: 'refused', reason, ...nothing }
    }
    case 'oack':
    case 'busy':
    case 'trouble':
      return undefined
  }
}

type Ended = Extract<TftpEvent, { readonly kind: 'done' | 'aborted' }>

function ended(event: Ended, route: string | undefined): BootEvent {
  const path = withoutKey(event.path)
  const { bytes, size, milliseconds, blockSize, windowSize, retransmissions: resent } = event
  return {
    kind: 'tftp',
    ...transferOf(event),
    path,
    ...(route !== undefined && { route }),
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

function transferOf({ client }: { readonly client: { readonly address: string; readonly port: number } }) {
  return { address: client.address, transfer: `${client.address}:${client.port}` }
}
