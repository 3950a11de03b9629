import type { Site } from '@bootcast/contract'
import { Card, SimpleGrid, Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { Meter } from '../../parts/meter.tsx'
import { PageLink } from '../../parts/page-link.tsx'
import { useMay } from '../../session.ts'
import { bytes, percent } from '../../sizes.ts'
import { siteTexts as texts } from '../../texts/sites.ts'
import { pinnedBytes } from './site-health.ts'
import { CacheMeter } from './site-meters.tsx'

/** What a site told last of its work, as numbers. */
export function SiteNumbers({ site }: { readonly site: Site }) {
  const { name, cache, served, boots } = site
  const mayBoots = useMay('boots.read')
  if (cache === undefined || served === undefined || boots === undefined) return undefined
  const { hitRate, savedBytes, wanBytes } = served
  const saved = served.bytes === 0 ? 0 : savedBytes / served.bytes
  const hits = served.bytes === 0 ? '–' : percent(hitRate)
  return (
    <SimpleGrid cols={{ base: 1, xs: 2, lg: 4 }}>
      <Tile
        title={texts.cache}
        value={bytes(cache.bytes)}
        about={`${texts.cacheUse('', bytes(cache.quotaBytes)).trim()}, ${texts.pinnedOf(bytes(pinnedBytes(cache)))}`}
      >
        <CacheMeter name={name} cache={cache} />
      </Tile>
      <Tile title={texts.hits} value={hits} about={texts.hitsAbout(bytes(served.bytes))}>
        <Meter label={texts.hitsMeter(name, hits)} segments={[{ share: hitRate, color: 'blue' }]} />
      </Tile>
      <Tile title={texts.line} value={bytes(savedBytes)} about={texts.lineAbout(bytes(wanBytes))}>
        <Meter label={texts.lineMeter(percent(saved))} segments={[{ share: saved, color: 'blue' }]} />
      </Tile>
      <Tile title={texts.boots} value={String(boots.running)} about={texts.bootsNow(boots.queued)}>
        {mayBoots && (
          <PageLink to="/" search={{ site: name }} size="sm">
            {texts.toBoots}
          </PageLink>
        )}
      </Tile>
    </SimpleGrid>
  )
}

type Told = {
  readonly title: string
  readonly value: string
  readonly about: string
  readonly children: ReactNode
}

function Tile({ title, value, about, children }: Told) {
  return (
    <Card withBorder padding="sm">
      <Stack gap={4} justify="space-between" h="100%">
        <div>
          <Text size="sm" c="dimmed">
            {title}
          </Text>
          <Text size="xl" fw={650} className="numbers">
            {value}
          </Text>
          <Text size="xs" c="dimmed">
            {about}
          </Text>
        </div>
        {children}
      </Stack>
    </Card>
  )
}
