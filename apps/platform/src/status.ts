import type { BootServices, HttpBoot, LoaderShelf } from '@bootcast/boot'
import type { Status } from '@bootcast/contract'
import { type DhcpMode, grantAdvice, type Reaching, urlsForPeople } from '@bootcast/options'
import type { Config } from './config.ts'

export type StatusParts = {
  readonly config: Config
  readonly reaching: Reaching
  readonly services: BootServices
  readonly boot: HttpBoot
  readonly journal: { sizes(): { readonly lost: number } }
  readonly shelf: LoaderShelf
  readonly dhcp: DhcpMode['mode']
  readonly version: string
}

/** Tells at any moment what runs, where it listens, and what is missing. */
export async function statusOf({
  config,
  reaching,
  services,
  boot,
  journal,
  shelf,
  dhcp,
  version,
}: StatusParts): Promise<() => Status> {
  const startedAt = new Date().toISOString()
  const grant = await grantAdvice(config)
  return () => {
    const [publicUrl] = urlsForPeople(reaching)
    const missing = [...missingServices(services), ...shelf.missing(dhcp), ...grant]
    const http = { service: 'http', address: `${config.listen.address}:${reaching.port}` }
    const listening = [http, ...services.status().listening]
    const lost = { 'boots.lost events': journal.sizes().lost }
    const counters = { ...services.counters(), ...boot.counters(), ...lost }
    return { version, startedAt, ...(publicUrl !== undefined && { publicUrl }), listening, missing, counters }
  }
}

const missingServices = (services: BootServices): readonly string[] =>
  services
    .status()
    .problems.map(({ service, address, reason, remedy }) => `${service} on ${address}: ${reason}. ${remedy}`)
