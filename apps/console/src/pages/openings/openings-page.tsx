import type { Opening } from '@bootcast/contract'
import { Alert, Button, Group, SegmentedControl, Select, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconWorld } from '@tabler/icons-react'
import { getRouteApi } from '@tanstack/react-router'
import { useCall, useList } from '../../calls.ts'
import { MoreButton } from '../../parts/more-button.tsx'
import { NameShown } from '../../parts/name-shown.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { Answered, Empty } from '../../parts/states.tsx'
import { useMay } from '../../session.ts'
import { openingTexts as texts } from '../../texts/openings.ts'
import { OpenDialog } from './open-dialog.tsx'
import { isCurrent, isWide } from './opening-words.ts'
import type { OpeningsSearch } from './openings-route.ts'
import { OpeningsTable } from './openings-table.tsx'

const route = getRouteApi('/openings')
/** Boots use openings up while one looks. */
const everyMs = 5_000

export function OpeningsPage() {
  const mayChange = useMay('openings.change')
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const [isOpen, { open, close }] = useDisclosure(false)
  const change = (next: OpeningsSearch) => void navigate({ search: next, replace: true })
  const leave = () => {
    close()
    if (search.for !== undefined) change({ ...search, for: undefined })
  }
  return (
    <>
      <PageHead title={texts.title} about={texts.about}>
        {mayChange && <Button onClick={open}>{texts.open}</Button>}
      </PageHead>
      <Filters search={search} onChange={change} />
      <Openings search={search} />
      {mayChange && (
        <OpenDialog opened={isOpen || search.for !== undefined} mac={search.for} onClose={leave} />
      )}
    </>
  )
}

type Filtered = { readonly search: OpeningsSearch; readonly onChange: (search: OpeningsSearch) => void }

function Filters({ search, onChange }: Filtered) {
  const mayReadImages = useMay('images.read')
  const images = useCall('listImages', { query: { limit: 500 } }, { enabled: mayReadImages })
  const names = new Set([
    ...(images.data?.items.map(({ name }) => name) ?? []),
    ...(search.image === undefined ? [] : [search.image]),
  ])
  return (
    <Group mb="md" gap="sm">
      <SegmentedControl
        aria-label={texts.which}
        value={search.state ?? 'current'}
        onChange={(state) =>
          onChange({ ...search, state: state === 'ended' || state === 'all' ? state : undefined })
        }
        data={[
          { value: 'current', label: texts.current },
          { value: 'ended', label: texts.ended },
          { value: 'all', label: texts.all },
        ]}
      />
      <Select
        w={{ base: '100%', xs: 220 }}
        aria-label={texts.image}
        placeholder={texts.anyImage}
        data={[...names]}
        value={search.image ?? null}
        onChange={(image) => onChange({ ...search, image: image ?? undefined })}
        searchable
        clearable
        clearButtonProps={{ 'aria-label': texts.anyImage }}
      />
    </Group>
  )
}

function Openings({ search: { state: chosen, image } }: { readonly search: OpeningsSearch }) {
  const state = chosen ?? 'current'
  const list = useList(
    'listOpenings',
    { query: { ...(state !== 'all' && { state }), ...(image !== undefined && { image }) } },
    { every: everyMs, cursor: 'before' },
  )
  return (
    <Answered query={{ ...list, data: list.items }}>
      {(openings) =>
        openings.length === 0 ? (
          <Empty title={state === 'ended' ? texts.noneEnded : texts.none}>
            {state !== 'ended' && <Text c="dimmed">{texts.noneTodo}</Text>}
          </Empty>
        ) : (
          <>
            <WideNotice openings={openings} />
            <OpeningsTable openings={openings} />
            <MoreButton list={list} />
          </>
        )
      }
    </Answered>
  )
}

/** What is open to everybody is not overlooked. */
function WideNotice({ openings }: { readonly openings: readonly Opening[] }) {
  const wide = openings.filter(({ state, machines }) => isCurrent(state) && isWide(machines))
  if (wide.length === 0) return undefined
  const images = [...new Set(wide.map(({ image }) => image))]
  return (
    <Alert color="orange" icon={<IconWorld />} title={texts.wideTitle} mb="md">
      <NameShown>{texts.wide(images.join(', '))}</NameShown>
    </Alert>
  )
}
