import type { BootsSummary } from '@bootcast/contract'
import { Card, Group, SimpleGrid, Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { useCall } from '../../calls.ts'
import type { BootFilter } from '../../live/heard-boots.ts'
import { useLiveNow } from '../../parts/live-mark.tsx'
import { NameShown } from '../../parts/name-shown.tsx'
import { PageLink } from '../../parts/page-link.tsx'
import { Answered } from '../../parts/states.tsx'
import { bytes, percent } from '../../sizes.ts'
import { bootsTexts as texts } from '../../texts/boots.ts'
import { shortTime } from '../../times.ts'
import { barsOf, beginOfDay, busiest, hourText } from './day.ts'
import { HourChart, ShareBar } from './hour-chart.tsx'
import { NumbersTable } from './numbers-table.tsx'

/** Numbers of what goes on are never older. */
const everyMs = 10_000
/** Of fewer none is forgotten within a day. */
const manyBoots = 15_000

/** The day of who looks, since its midnight. */
export function BootsToday({ filter: { site, image, machine } }: { readonly filter: BootFilter }) {
  const day = beginOfDay(useLiveNow(60_000))
  const query = { since: day.toISOString(), site, image, machine }
  const summary = useCall('summarizeBoots', { query }, { every: everyMs })
  return (
    <section aria-label={texts.today}>
      <Answered query={summary}>{(sums) => <Sums sums={sums} day={day} />}</Answered>
    </section>
  )
}

type Shown = { readonly sums: BootsSummary; readonly day: Date }

function Sums({ sums, day }: Shown) {
  const { knownSince, boots } = sums
  const isCut = boots >= manyBoots && knownSince !== undefined && Date.parse(knownSince) > day.getTime()
  return (
    <>
      <SimpleGrid cols={{ base: 1, xs: 2, lg: 4 }} spacing="sm">
        <BootsTile sums={sums} day={day} />
        <RateTile sums={sums} />
        <SentTile sums={sums} day={day} />
        <SavedTile sums={sums} />
      </SimpleGrid>
      {isCut && (
        <Text size="sm" mt="xs">
          {texts.knownSince(shortTime(new Date(knownSince), new Date()))}
        </Text>
      )}
      <NumbersTable sums={sums} />
    </>
  )
}

type Tiled = { readonly name: string; readonly value: string; readonly children: ReactNode }

function Tile({ name, value, children }: Tiled) {
  return (
    <Card withBorder padding="sm">
      <Stack gap={4}>
        <div>
          <Text size="sm">{name}</Text>
          <Text fz={26} fw={650} lh={1.2} className="numbers">
            {value}
          </Text>
        </div>
        {children}
      </Stack>
    </Card>
  )
}

function BootsTile({ sums, day }: Shown) {
  const { boots, failed, states, hours } = sums
  const bars = barsOf(hours, day, (hour) => [hour.boots - hour.failed, hour.failed])
  const top = busiest(bars)
  return (
    <Tile name={texts.boots} value={String(boots)}>
      <Text size="sm">{texts.goingOn(states.booting, states.waiting)}</Text>
      <HourChart
        title={texts.bootsChart}
        text={texts.bootsChartText(boots, failed, top === undefined ? '' : texts.busiest(hourText(top.at)))}
        bars={bars}
        tones={['plain', 'bad']}
        tell={({ at, parts: [well = 0, bad = 0] }) => texts.hourOfBoots(hourText(at), well + bad, bad)}
      />
      <Legend
        entries={[
          ['plain', texts.legendOther],
          ['bad', texts.legendFailed],
        ]}
      />
    </Tile>
  )
}

function RateTile({ sums: { successRate, succeeded, failed } }: Pick<Shown, 'sums'>) {
  return (
    <Tile name={texts.rate} value={successRate === undefined ? texts.rateUnknown : percent(successRate)}>
      <Text size="sm">{texts.rateAbout(succeeded, failed)}</Text>
      {failed > 0 && (
        <PageLink
          to="/"
          size="sm"
          search={(before) => ({ ...before, state: 'failed' as const })}
          resetScroll={false}
        >
          {texts.seeFailed}
        </PageLink>
      )}
      <ShareBar title={texts.rateChart} share={successRate ?? 0} tone="plain" />
    </Tile>
  )
}

function SentTile({ sums: { bytes: all, hours }, day }: Shown) {
  const bars = barsOf(hours, day, (hour) => [hour.bytes - hour.siteBytes, hour.siteBytes])
  const top = busiest(bars)
  const bySites = bytes(hours.reduce((sum, { siteBytes }) => sum + siteBytes, 0))
  return (
    <Tile name={texts.sent} value={bytes(all)}>
      <Text size="sm">{texts.sentBySites(bySites)}</Text>
      <HourChart
        title={texts.sentChart}
        text={texts.sentChartText(
          ...([bytes(all), bySites, top === undefined ? '' : texts.busiest(hourText(top.at))] as const),
        )}
        bars={bars}
        tones={['plain', 'site']}
        tell={({ at, parts: [own = 0, site = 0] }) =>
          texts.hourOfBytes(hourText(at), bytes(own + site), bytes(site))
        }
      />
      <Legend
        entries={[
          ['plain', texts.legendPlatform],
          ['site', texts.legendSites],
        ]}
      />
    </Tile>
  )
}

/** Sites that saved most; the others stand in the table. */
const mostSites = 3

function SavedTile({ sums: { sites } }: Pick<Shown, 'sums'>) {
  const saving = sites
    .flatMap(({ site, saved }) => (site === undefined || saved === undefined ? [] : [{ site, ...saved }]))
    .sort((one, other) => other.savedBytes - one.savedBytes)
  const all = saving.reduce((sum, { savedBytes }) => sum + savedBytes, 0)
  return (
    <Tile name={texts.saved} value={saving.length === 0 ? texts.rateUnknown : bytes(all)}>
      <Text size="sm">{saving.length === 0 ? texts.savedNone : texts.savedAbout}</Text>
      {saving.slice(0, mostSites).map(({ site, savedBytes, servedBytes }) => (
        <div key={site}>
          <Group justify="space-between" gap="xs" wrap="nowrap">
            <Text size="sm" truncate>
              <NameShown short>{site}</NameShown>
            </Text>
            <Text size="sm" className="numbers">
              {bytes(savedBytes)}
            </Text>
          </Group>
          <ShareBar
            title={texts.savedOf(bytes(savedBytes), bytes(servedBytes))}
            share={servedBytes === 0 ? 0 : savedBytes / servedBytes}
            tone="site"
          />
        </div>
      ))}
    </Tile>
  )
}

function Legend({ entries }: { readonly entries: readonly (readonly [string, string])[] }) {
  return (
    <Group gap="sm" aria-hidden>
      {entries.map(([tone, name]) => (
        <Group key={name} gap={4} wrap="nowrap">
          <svg viewBox="0 0 10 10" width={10} height={10} aria-hidden="true">
            <rect width={10} height={10} className={`tone-${tone}`} />
          </svg>
          <Text size="xs">{name}</Text>
        </Group>
      ))}
    </Group>
  )
}
