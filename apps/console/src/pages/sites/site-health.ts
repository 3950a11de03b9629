import type { Site } from '@bootcast/contract'
import { bytes } from '../../sizes.ts'
import { siteTexts } from '../../texts/sites.ts'
import { relativeTime, shortTime } from '../../times.ts'

export type Level = 'good' | 'note' | 'warning' | 'bad'

/** One thing about a site that a person should know, in plain words. */
export type Finding = {
  readonly level: Level
  readonly what: string
  readonly why?: string
  readonly todo?: string
}

export type Looking = {
  readonly now: Date
  readonly platformVersion?: string | undefined
  readonly language?: string
}

const texts = siteTexts.findings

/** What is the matter with a site, the worst first; never empty. */
export function findingsOf(site: Site, looking: Looking): readonly Finding[] {
  const found = checks.flatMap((check) => check(site, looking))
  const isBad = found.some(({ level }) => level === 'bad' || level === 'warning')
  const all =
    isBad || site.state !== 'connected' ? found : [{ level: 'good' as const, ...texts.well() }, ...found]
  return all.toSorted((one, other) => levels.indexOf(other.level) - levels.indexOf(one.level))
}

const levels: readonly Level[] = ['note', 'good', 'warning', 'bad']

/** For lists: how many things somebody has to do something about. */
export const problemsOf = (site: Site, looking: Looking): number =>
  findingsOf(site, looking).filter(({ level }) => level === 'warning' || level === 'bad').length

type Check = (site: Site, looking: Looking) => readonly Finding[]

const checks: readonly Check[] = [membership, told, orders, room, queue, version]

function membership(site: Site, { now, language }: Looking): readonly Finding[] {
  const clock = (at: string | number) => shortTime(new Date(at), now, language)
  if (site.state === 'revoked')
    return [{ level: 'bad', ...texts.revoked(relativeTime(new Date(site.revokedAt ?? now), now, language)) }]
  if (site.state === 'waiting to join') {
    const { tokenExpiresAt: until } = site
    return [
      until === undefined
        ? { level: 'bad', ...texts.tokenOver() }
        : { level: 'warning', ...texts.notJoined(clock(until)) },
    ]
  }
  const next = site.tokenExpiresAt
  const token: readonly Finding[] =
    next === undefined ? [] : [{ level: 'note', ...texts.newToken(clock(next)) }]
  if (site.state === 'connected') return token
  const since = site.lastContactAt ?? site.joinedAt ?? site.createdAt
  const over = Date.parse(since) + site.settings.lifeSeconds * 1000
  const rest = over > now.getTime() ? texts.goesOn(clock(over)) : texts.isOver()
  return [{ level: 'bad', ...texts.away(clock(since), site.via, rest) }, ...token]
}

/** What it says of itself counts while it is a site. */
function told({ health, state }: Site): readonly Finding[] {
  return state === 'revoked'
    ? []
    : health.problems.map((problem) => ({ level: 'warning', ...texts.told(problem) }))
}

/** Only the last word on each release: one that was there at last did not fail. */
function orders({ warm, state }: Site): readonly Finding[] {
  if (state === 'revoked') return []
  const last = new Map(warm.map((order) => [order.release, order]))
  return [...last.values()]
    .filter((order) => order.state === 'failed')
    .map(({ release, error }) => ({ level: 'warning', ...texts.orderFailed(release, error) }))
}

function room({ cache, settings, state }: Site): readonly Finding[] {
  if (cache === undefined || state === 'revoked') return []
  const pinned = pinnedBytes(cache)
  const found: Finding[] = []
  if (pinned > cache.quotaBytes * 0.9)
    found.push({ level: 'warning', ...texts.pinsFill(bytes(pinned), bytes(cache.quotaBytes)) })
  if (settings.quotaBytes !== undefined && cache.quotaBytes < settings.quotaBytes)
    found.push({ level: 'note', ...texts.smallDisk(bytes(cache.quotaBytes), bytes(settings.quotaBytes)) })
  return found
}

export const pinnedBytes = ({ releases }: NonNullable<Site['cache']>): number =>
  releases.reduce((sum, { isPinned, bytes: size }) => sum + (isPinned ? size : 0), 0)

function queue({ boots, settings, state }: Site): readonly Finding[] {
  if (state !== 'connected' || boots === undefined || boots.queued === 0) return []
  return [{ level: 'note', ...texts.queue(boots.queued, settings.mostBoots) }]
}

function version({ version: own, state }: Site, { platformVersion }: Looking): readonly Finding[] {
  if (state !== 'connected' || own === undefined || platformVersion === undefined) return []
  return release(own) === release(platformVersion)
    ? []
    : [{ level: 'note', ...texts.otherVersion(own, platformVersion) }]
}

/** Without what it was built of: `0.2.0` of `0.2.0+dc51b491`. */
const release = (text: string): string => text.split('+')[0] ?? text
