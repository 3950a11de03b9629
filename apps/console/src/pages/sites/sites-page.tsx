import type { Site } from '@bootcast/contract'
import { Button, Card, Group, SimpleGrid, Stack, Table, Text } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCall, useList } from '../../calls.ts'
import { MoreButton } from '../../parts/more-button.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { Answered, Empty } from '../../parts/states.tsx'
import { TimeShown, useNow } from '../../parts/time-shown.tsx'
import { useMay } from '../../session.ts'
import { bytes, percent } from '../../sizes.ts'
import { siteTexts as texts } from '../../texts/sites.ts'
import { AddSiteDialog } from './add-site-dialog.tsx'
import { SiteBadge } from './site-badge.tsx'
import { problemsOf } from './site-health.ts'
import { SiteLink } from './site-link.tsx'
import { CacheMeter } from './site-meters.tsx'

const everyMs = 5_000

export function SitesPage() {
  const { add } = useSearch({ from: '/sites' })
  const navigate = useNavigate({ from: '/sites' })
  const mayAdd = useMay('sites.add')
  const sites = useList('listSites', { query: {} }, { every: everyMs })
  const open = (isOpen: boolean) => navigate({ search: isOpen ? { add: true } : {}, replace: true })
  return (
    <>
      <PageHead title={texts.title} about={texts.about}>
        {mayAdd && (
          <Button leftSection={<IconPlus size={18} />} onClick={() => void open(true)}>
            {texts.add}
          </Button>
        )}
      </PageHead>
      <Answered query={sites}>
        {() => (sites.items?.length === 0 ? <NoSites /> : <SiteList sites={sites.items ?? []} />)}
      </Answered>
      <MoreButton list={sites} />
      {mayAdd && <AddSiteDialog opened={add === true} onClose={() => void open(false)} />}
    </>
  )
}

function NoSites() {
  const mayAdd = useMay('sites.add')
  return (
    <Empty title={texts.none}>
      <Text c="dimmed">{texts.noneTodo}</Text>
      {!mayAdd && <Text c="dimmed">{texts.noneAsk}</Text>}
    </Empty>
  )
}

type Listed = { readonly sites: readonly Site[] }

function SiteList({ sites }: Listed) {
  const status = useCall('status', {}, { enabled: useMay('status.read') })
  const now = useNow()
  const looking = { now, platformVersion: status.data?.version }
  const rows = sites.map((site) => ({ site, problems: problemsOf(site, looking) }))
  return (
    <>
      <SiteTable rows={rows} />
      <SimpleGrid cols={1} hiddenFrom="sm">
        {rows.map((row) => (
          <SiteCard key={row.site.id} {...row} />
        ))}
      </SimpleGrid>
    </>
  )
}

type Row = { readonly site: Site; readonly problems: number }

function SiteTable({ rows }: { readonly rows: readonly Row[] }) {
  const { columns } = texts
  return (
    <Table visibleFrom="sm" verticalSpacing="sm" highlightOnHover>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{columns.name}</Table.Th>
          <Table.Th>{columns.health}</Table.Th>
          <Table.Th visibleFrom="lg">{columns.version}</Table.Th>
          <Table.Th>{columns.contact}</Table.Th>
          <Table.Th>{columns.cache}</Table.Th>
          <Table.Th ta="right">{columns.hits}</Table.Th>
          <Table.Th ta="right">{columns.saved}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map(({ site, problems }) => (
          <Table.Tr key={site.id}>
            <Table.Td>
              <SiteLink site={site} />
            </Table.Td>
            <Table.Td>
              <SiteBadge state={site.state} problems={problems} />
            </Table.Td>
            <Table.Td visibleFrom="lg">{site.version?.slice(0, 24) ?? '–'}</Table.Td>
            <Table.Td>
              {site.lastContactAt === undefined ? '–' : <TimeShown at={site.lastContactAt} />}
            </Table.Td>
            <Table.Td miw={150}>
              <CacheUse site={site} />
            </Table.Td>
            <Table.Td ta="right" className="numbers">
              {hits(site)}
            </Table.Td>
            <Table.Td ta="right" className="numbers">
              {site.served === undefined ? '–' : bytes(site.served.savedBytes)}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}

/** Of nothing there is no share. */
const hits = ({ served }: Site): string =>
  served === undefined || served.bytes === 0 ? '–' : percent(served.hitRate)

function CacheUse({ site }: { readonly site: Site }) {
  const { cache } = site
  if (cache === undefined) return <Text c="dimmed">–</Text>
  return (
    <Stack gap={4}>
      <Text size="sm" className="numbers">
        {texts.cacheUse(bytes(cache.bytes), bytes(cache.quotaBytes))}
      </Text>
      <CacheMeter name={site.name} cache={cache} />
    </Stack>
  )
}

function SiteCard({ site, problems }: Row) {
  const { served } = site
  return (
    <Card withBorder padding="sm">
      <Stack gap="xs">
        <Group justify="space-between">
          <SiteLink site={site} />
          <SiteBadge state={site.state} problems={problems} />
        </Group>
        <Text size="sm">
          {texts.columns.contact}:{' '}
          {site.lastContactAt === undefined ? '–' : <TimeShown at={site.lastContactAt} />}
        </Text>
        {site.cache && <CacheUse site={site} />}
        {served && (
          <Text size="sm">
            {texts.columns.hits} {hits(site)}, {texts.columns.saved}: {bytes(served.savedBytes)}
          </Text>
        )}
      </Stack>
    </Card>
  )
}
