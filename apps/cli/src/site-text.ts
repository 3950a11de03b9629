import type { Site, WarmOrder } from '@bootcast/contract'
import type { Output } from './output.ts'
import { agoText, countText, localTime, sizeText, spanText, timeText } from './quantities.ts'
import type { Column } from './text-table.ts'

export const shareText = (share: number): string => `${Math.floor(share * 100)}%`

export function stateText({ state, health }: Site): string {
  const { length } = health.problems
  return length === 0 || state === 'revoked' ? state : `${state}, ${countText(length, 'problem')}`
}

export function cacheText({ cache }: Site): string {
  return cache === undefined ? '-' : `${sizeText(cache.bytes)} of ${sizeText(cache.quotaBytes)}`
}

export const imagesText = ({ images }: Site): string => (images === 'all' ? 'all images' : images.join(', '))

export const pinsText = ({ settings }: Site): string => settings.pins.join(', ') || 'no image for ever'

export const scheduleText = ({ settings: { schedule } }: Site): string =>
  schedule === undefined ? 'at any time' : `from ${schedule.from} to ${schedule.to}, by its clock`

/** Settings in words. */
export const settingsText = {
  quota: ({ settings: { quotaBytes } }: Site): string =>
    quotaBytes === undefined ? 'as much as its disk allows' : `${sizeText(quotaBytes)} at most`,
  life: ({ settings }: Site): string => spanText(settings.lifeSeconds),
  grace: ({ settings: { graceSeconds } }: Site): string =>
    graceSeconds === 0 ? 'not at all' : `for ${spanText(graceSeconds)} after their last time`,
} as const

export function rateText({ settings }: Site): string {
  const { wanBytesPerSecond, clientBytesPerSecond, totalBytesPerSecond, mostBoots } = settings
  const rate = (bytes: number) => `${sizeText(bytes)}/s`
  const parts = [
    wanBytesPerSecond && `${rate(wanBytesPerSecond)} from the platform`,
    clientBytesPerSecond && `${rate(clientBytesPerSecond)} to a machine`,
    totalBytesPerSecond && `${rate(totalBytesPerSecond)} to all of them`,
    mostBoots && `${countText(mostBoots, 'machine')} at once`,
  ]
  return parts.filter(Boolean).join(', ') || 'as much as there is'
}

/** All that is known of a site. */
export function siteText(output: Output, site: Site, now: number): string {
  return [
    output.facts(
      [...ofItself(site, now), ...ofItsWork(site), ...ofItsSettings(site)].filter(([, text]) => text !== ''),
    ),
    ...ordersText(output, site.warm, now),
    ...releasesText(output, site, now),
  ].join('\n\n')
}

type Facts = readonly (readonly [name: string, text: string])[]

function ofItself(site: Site, now: number): Facts {
  const time = (text: string | undefined) => (text === undefined ? '' : timeText(text, now))
  return [
    ['site', site.name],
    ['state', site.state],
    ...site.health.problems.map((problem) => ['problem', problem] as const),
    ['last contact', time(site.lastContactAt)],
    ['version', site.version ?? ''],
    ['asks', site.via === undefined ? 'the platform' : `the site ${site.via}`],
    ['added', `${time(site.createdAt)} by ${site.createdBy}`],
    ['joined', time(site.joinedAt)],
    ['may join until', site.tokenExpiresAt === undefined ? '' : localTime(site.tokenExpiresAt)],
    ['revoked', time(site.revokedAt)],
    ['id', site.id],
  ]
}

function ofItsWork({ cache, served, boots }: Site): Facts {
  if (cache === undefined || served === undefined || boots === undefined) return []
  const { bytes, hitRate, wanBytes, savedBytes } = served
  return [
    ['boots', `${boots.running} running, ${boots.queued} waiting`],
    ['cache', `${sizeText(cache.bytes)} of ${sizeText(cache.quotaBytes)}`],
    ['sent', `${sizeText(bytes)}, ${shareText(hitRate)} of it from the cache`],
    ['line', `${sizeText(wanBytes)} fetched, ${sizeText(savedBytes)} saved`],
  ]
}

function ofItsSettings(site: Site): Facts {
  return [
    ['images', imagesText(site)],
    ['keeps', pinsText(site)],
    ['quota', settingsText.quota(site)],
    ['limits', rateText(site)],
    ['fetches', scheduleText(site)],
    ['alone for', settingsText.life(site)],
    ['sign-in then', settingsText.grace(site)],
  ]
}

function ordersText(output: Output, orders: Site['warm'], now: number): readonly string[] {
  const columns: readonly Column<WarmOrder>[] = [
    { title: 'ORDERED', text: ({ reference }) => reference, shrinksTo: 12 },
    { title: 'RELEASE', text: ({ release }) => release, shrinksTo: 12 },
    { title: 'STATE', text: ({ state }) => state },
    { title: 'THERE', text: thereText },
    { title: 'WHEN', text: ({ orderedAt }) => agoText(orderedAt, now) },
    { title: 'BY', text: ({ orderedBy }) => orderedBy, shrinksTo: 6 },
    { title: 'WHY', text: ({ error }) => error ?? '-', shrinksTo: 16 },
  ]
  return orders.length === 0 ? [] : [output.table(columns, orders.toReversed())]
}

function thereText({ doneBytes, totalBytes }: WarmOrder): string {
  if (totalBytes === 0) return '-'
  return `${shareText(Math.min(1, doneBytes / totalBytes))} of ${sizeText(totalBytes)}`
}

function releasesText(output: Output, { cache }: Site, now: number): readonly string[] {
  const releases = cache?.releases ?? []
  const columns: readonly Column<(typeof releases)[number]>[] = [
    { title: 'IN ITS CACHE', text: ({ release }) => release, shrinksTo: 12 },
    { title: 'SIZE', text: ({ bytes }) => sizeText(bytes), align: 'right' },
    { title: 'KEPT', text: ({ isPinned }) => (isPinned ? 'pinned' : '-') },
    { title: 'LAST USED', text: ({ lastUsedAt }) => agoText(lastUsedAt, now) },
  ]
  return releases.length === 0 ? [] : [output.table(columns, releases)]
}
