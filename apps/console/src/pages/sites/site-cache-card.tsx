import type { Site } from '@bootcast/contract'
import { Badge, Group, Stack, Table, Text } from '@mantine/core'
import { Meter } from '../../parts/meter.tsx'
import { NameShown } from '../../parts/name-shown.tsx'
import { Section } from '../../parts/section.tsx'
import { TimeShown } from '../../parts/time-shown.tsx'
import { bytes, percent } from '../../sizes.ts'
import { siteTexts as texts } from '../../texts/sites.ts'

type Cache = NonNullable<Site['cache']>

/** Which releases a site has, the largest first. */
export function SiteCacheCard({ site: { cache } }: { readonly site: Site }) {
  if (cache === undefined) return undefined
  const releases = cache.releases.toSorted((one, other) => other.bytes - one.bytes)
  return (
    <Section title={texts.releases}>
      {releases.length === 0 ? (
        <Text size="sm" c="dimmed">
          {texts.noReleases}
        </Text>
      ) : (
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{texts.release}</Table.Th>
              <Table.Th ta="right">{texts.size}</Table.Th>
              <Table.Th>{texts.lastUsed}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {releases.map((release) => (
              <ReleaseRow key={release.release} release={release} quotaBytes={cache.quotaBytes} />
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Section>
  )
}

type Row = { readonly release: Cache['releases'][number]; readonly quotaBytes: number }

function ReleaseRow({ release: { release, bytes: size, isPinned, lastUsedAt }, quotaBytes }: Row) {
  const share = quotaBytes === 0 ? 0 : size / quotaBytes
  return (
    <Table.Tr>
      <Table.Td>
        <Stack gap={4}>
          <Group gap="xs">
            <NameShown>{release}</NameShown>
            {isPinned && (
              <Badge variant="default" size="sm" tt="none">
                {texts.isPinned}
              </Badge>
            )}
          </Group>
          <Meter
            height={4}
            label={texts.shareOf(release, percent(share))}
            segments={[{ share, color: isPinned ? 'teal' : 'blue' }]}
          />
        </Stack>
      </Table.Td>
      <Table.Td ta="right" className="numbers">
        {bytes(size)}
      </Table.Td>
      <Table.Td>
        <TimeShown at={lastUsedAt} />
      </Table.Td>
    </Table.Tr>
  )
}
