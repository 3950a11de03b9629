import type { Site } from '@bootcast/contract'
import { Meter } from '../../parts/meter.tsx'
import { percent } from '../../sizes.ts'
import { siteTexts as texts } from '../../texts/sites.ts'
import { pinnedBytes } from './site-health.ts'

type Cache = NonNullable<Site['cache']>

/** Of the quota: what is pinned, and what goes when room is needed. */
export function CacheMeter({
  name,
  cache,
  height,
}: {
  readonly name: string
  readonly cache: Cache
  readonly height?: number
}) {
  const { quotaBytes } = cache
  const shareOf = (size: number) => (quotaBytes === 0 ? 0 : size / quotaBytes)
  const pinned = Math.min(cache.bytes, pinnedBytes(cache))
  return (
    <Meter
      label={texts.cacheMeter(name, percent(shareOf(cache.bytes)))}
      segments={[
        { share: shareOf(pinned), color: pinned > quotaBytes * 0.9 ? 'orange' : 'teal' },
        { share: shareOf(cache.bytes - pinned), color: 'blue' },
      ]}
      {...(height !== undefined && { height })}
    />
  )
}
