import type { LeaseStore } from '@bootcast/netboot'
import type { BootSource } from './boot-source.ts'
import type { LoaderShelf } from './loader-shelf.ts'
import type { BootLog } from './log.ts'

/** A network of ours. */
export type BootInterface = {
  /** The device, for instance `eth0`: DHCP hears and answers only there. Absent: all devices. */
  readonly name?: string
  /** Our address there, dotted. TFTP binds to it; `0.0.0.0` for all. */
  readonly address: string
  readonly netmask: string
}

export type BootServicesSettings = {
  readonly interfaces: readonly BootInterface[]
  readonly dhcp: 'off' | 'proxy' | 'server'
  /** With `dhcp: 'server'`: serves the interface whose subnet holds the range. */
  readonly dhcpServer?: {
    readonly range: { readonly first: string; readonly last: string }
    readonly router?: string
    readonly dns?: readonly string[]
    readonly leaseSeconds: number
    readonly store: LeaseStore
  }
  readonly tftpPort: number | 'off'
  /** Where machines reach HTTP when they know us as `address`; no slash at the end. */
  readonly baseUrl: (address: string) => string
  readonly source: BootSource
  readonly shelf: LoaderShelf
  readonly log: BootLog
  /** For tests without root; RFC 2131 and PXE 2.1 say 67 and 4011. */
  readonly ports?: { readonly dhcp: number; readonly pxe: number }
}

export type BootServiceName = 'dhcp' | 'proxy-dhcp' | 'pxe' | 'tftp'

export type Listening = { readonly service: BootServiceName; readonly address: string }
export type BootProblem = {
  readonly service: BootServiceName
  readonly address: string
  /** What happened. */
  readonly reason: string
  /** What to do about it. */
  readonly remedy: string
}

export type BootServices = {
  /** Opens what can be opened; the rest is among the problems. Never rejects for a port. */
  start(): Promise<{ readonly listening: readonly Listening[]; readonly problems: readonly BootProblem[] }>
  stop(): Promise<void>
  status(): { readonly listening: readonly Listening[]; readonly problems: readonly BootProblem[] }
  /** Packets and transfers since the start, by kind; ignored ones by reason. */
  counters(): Readonly<Record<string, number>>
}
