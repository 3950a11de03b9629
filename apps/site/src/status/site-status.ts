import { statfs } from 'node:fs/promises'
import { resolve } from 'node:path'
import { grantAdvice } from '@bootcast/options'
import type { SiteReport, UplinkClient } from '@bootcast/uplink'
import { looseGroup } from '../cache/cache-groups.ts'
import type { Software } from '../follow-software.ts'
import type { Boot } from '../open-boot.ts'
import type { Cache } from '../open-cache.ts'
import type { Policy } from '../open-policy.ts'
import type { Config } from '../site-program.ts'
import { type Metric, metricsText } from './metrics.ts'
import type { StatusPages } from './status-server.ts'

export type StatusParts = {
  readonly software: Software
  readonly config: Config
  readonly cache: Cache
  readonly policy: Policy
  readonly boot: Boot
  readonly uplink: UplinkClient
}

export type SiteStatus = StatusPages & {
  report(): Promise<SiteReport>
  listening(): {
    readonly listening: readonly { readonly service: string; readonly address: string }[]
    readonly missing: readonly string[]
  }
}

const mostProblems = 20
/** What the platform takes; a longer one would make it refuse the whole report. */
const longestProblem = 500
const mostReleases = 500
const mostWarm = 100

/** How this site is: for its platform, for whoever watches it, and for a person at its side. */
export function siteStatus(parts: StatusParts): SiteStatus {
  const startedAt = Date.now()
  const problems = () => problemsOf(parts)
  return {
    obstacles: () => obstaclesOf(parts),
    metrics: () => metricsText(metricsOf(parts, startedAt)),
    async report() {
      const { software, cache, policy, boot } = parts
      const { bytes, groups } = await cache.keeper.usage()
      const { free, size } = await diskOf(parts.config)
      const quotaBytes = Math.min(policy.offline.snapshot?.settings.quotaBytes ?? size, bytes + free)
      const releases = groups
        .filter(({ name, bytes: ofGroup }) => ofGroup > 0 && name !== looseGroup)
        .slice(0, mostReleases)
        .map(({ name: release, bytes: ofRelease, isPinned, lastUsedAt }) => ({
          ...{ release, bytes: ofRelease, isPinned },
          ...(lastUsedAt !== undefined && { lastUsedAt }),
        }))
      const { running, waiting: queued } = boot.source.load
      return {
        ...{ version: software.label, startedAt, cache: { bytes, quotaBytes, releases } },
        served: boot.traffic.now,
        boots: { running, queued },
        warm: policy.warmer.list().filter(isOrdered).slice(0, mostWarm),
        problems: [...problems(), ...(await grantAdvice(parts.config))]
          .slice(0, mostProblems)
          .map((problem) => problem.slice(0, longestProblem)),
      }
    },
    listening() {
      const { services } = parts.boot
      const http = { service: 'http', address: `${parts.config.listen.address}:${parts.config.listen.port}` }
      return { listening: [http, ...services.status().listening], missing: problems() }
    },
  }
}

/** Pins are fetched like orders, and are nobody's to watch. */
const isOrdered = ({ id }: { readonly id: string }): boolean => !id.startsWith('pin:')

async function diskOf({ data }: Config) {
  const { bavail, bsize, blocks } = await statfs(resolve(data))
  return { free: bavail * bsize, size: blocks * bsize }
}

function problemsOf({ boot, policy, software }: StatusParts): readonly string[] {
  const services = boot.services
    .status()
    .problems.map(({ service, address, reason, remedy }) => `${service} on ${address}: ${reason}. ${remedy}`)
  return [...services, ...policy.shelf.missing(boot.dhcp.mode), ...software.problems]
}

/** Why a machine that asks now would not boot. */
function obstaclesOf({ policy, uplink }: StatusParts): readonly string[] {
  const { keeper, offline, shelf } = policy
  const { snapshot } = offline
  if (keeper.isRevoked) return ['this site was revoked']
  const isOver = snapshot !== undefined && keeper.platformNow() >= snapshot.expiresAt
  const why = snapshot === undefined ? 'no policy has come from it yet' : 'the policy of this site is too old'
  const away = uplink.state === 'away' && (snapshot === undefined || isOver)
  return [
    ...(away ? [`the upstream cannot be reached, and ${why}`] : []),
    ...(shelf.list().length === 0 ? ['there are no boot loaders yet'] : []),
  ]
}

function metricsOf(parts: StatusParts, startedAt: number): readonly Metric[] {
  const { boot, policy, cache, uplink } = parts
  const { bytes, cachedBytes, wanBytes } = boot.traffic.now
  const { running, waiting } = boot.source.load
  const { snapshot } = policy.offline
  const one = (name: string, about: string, value: number, kind: Metric['kind'] = 'gauge'): Metric => ({
    ...{ name, about, kind },
    values: [{ value }],
  })
  const counters = { ...boot.services.counters(), ...boot.http.counters() }
  return [
    one('up_seconds', 'Seconds since the start.', Math.round((Date.now() - startedAt) / 1000)),
    one('upstream_there', '1: the upstream answers.', uplink.state === 'there' ? 1 : 0),
    one('policy_age_seconds', 'Seconds since the policy was made.', ageOf(snapshot?.issuedAt, policy)),
    one('policy_machines', 'Machines that the policy names.', snapshot?.machines.length ?? 0),
    one('policy_users', 'People who may sign in while the upstream is away.', snapshot?.users.length ?? 0),
    one('sent_bytes_total', 'Bytes of releases sent to machines.', bytes, 'counter'),
    one('sent_from_cache_bytes_total', 'Of these, those that were here before.', cachedBytes, 'counter'),
    one('wan_bytes_total', 'Bytes fetched from the upstream.', wanBytes, 'counter'),
    one(
      'chunks_copied_bytes_total',
      'Bytes of new files taken from older ones.',
      cache.cache.counts.copiedBytes,
      'counter',
    ),
    one('arriving_files', 'Files on their way into the cache.', cache.cache.arriving().length),
    one('boots_running', 'Machines that fetch what they boot.', running),
    one('boots_queued', 'Machines that wait for their turn.', waiting),
    one('events_waiting', 'Events that the platform does not have yet.', boot.queue.counts.events),
    one('calls_waiting', 'What machines said that the platform does not know yet.', policy.outbox.size),
    {
      name: 'requests_total',
      kind: 'counter',
      about: 'Packets and requests by kind.',
      values: Object.entries(counters).map(([kind, value]) => ({ labels: { kind }, value })),
    },
  ]
}

const ageOf = (issuedAt: number | undefined, { keeper }: Policy): number =>
  issuedAt === undefined ? -1 : Math.max(0, Math.round((keeper.platformNow() - issuedAt) / 1000))
