import { Button, Text } from '@mantine/core'
import { getRouteApi } from '@tanstack/react-router'
import { useList } from '../../calls.ts'
import { type BootFilter, type HeardBoots, merged } from '../../live/heard-boots.ts'
import { useHeardBoots } from '../../live/use-heard-boots.ts'
import { LiveMark, useStaleClass } from '../../parts/live-mark.tsx'
import { MoreButton } from '../../parts/more-button.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { PageLink } from '../../parts/page-link.tsx'
import { Answered, Empty } from '../../parts/states.tsx'
import { bootsTexts as texts } from '../../texts/boots.ts'
import { BootsFilter } from './boots-filter.tsx'
import { BootsNow } from './boots-now.tsx'
import { BootsTable } from './boots-table.tsx'
import { BootsToday } from './boots-today.tsx'
import './boots.css'

const route = getRouteApi('/')
const lists = ['listBoots', 'summarizeBoots'] as const

/** What machines do now, how today went, and every boot that is known. */
export function BootsPage() {
  const filter = route.useSearch()
  const heard = useHeardBoots(lists)
  return (
    <>
      <PageHead title={texts.title} about={texts.about}>
        <LiveMark />
      </PageHead>
      <div {...useStaleClass()}>
        <BootsListed filter={filter} heard={heard} />
      </div>
    </>
  )
}

type Shown = { readonly filter: BootFilter; readonly heard: HeardBoots }

function BootsListed({ filter, heard }: Shown) {
  const list = useList('listBoots', { query: { limit: 50, ...filter } })
  const isFiltered = Object.values(filter).some((value) => value !== undefined)
  return (
    <Answered query={list}>
      {() => {
        const boots = merged({ listed: list.items ?? [], hasMore: list.hasNextPage }, heard, filter)
        if (boots.length === 0 && !isFiltered) return <NoBoots />
        return (
          <>
            {filter.state === undefined && <BootsNow filter={filter} heard={heard} />}
            <BootsToday filter={filter} />
            <BootsFilter filter={filter} />
            {boots.length === 0 ? <NoneFits /> : <BootsTable boots={boots} />}
            <MoreButton list={list} />
          </>
        )
      }}
    </Answered>
  )
}

function NoBoots() {
  return (
    <Empty title={texts.none}>
      <Text>{texts.noneTodo}</Text>
      <PageLink to="/start">{texts.firstStart}</PageLink>
    </Empty>
  )
}

function NoneFits() {
  const navigate = route.useNavigate()
  return (
    <Empty title={texts.noFit}>
      <Text>{texts.noFitTodo}</Text>
      <Button variant="default" onClick={() => void navigate({ search: {} })}>
        {texts.clear}
      </Button>
    </Empty>
  )
}
