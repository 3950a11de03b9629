import { Button, Group, Text } from '@mantine/core'
import { getRouteApi } from '@tanstack/react-router'
import { useRef } from 'react'
import { useList } from '../../calls.ts'
import { MoreButton } from '../../parts/more-button.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { Answered, Empty } from '../../parts/states.tsx'
import { useMay } from '../../session.ts'
import { machineTexts as texts } from '../../texts/machines.ts'
import { MachinesFilters } from './machines-filters.tsx'
import type { MachinesSearch } from './machines-route.ts'
import { MachinesTable } from './machines-table.tsx'
import { PrepareMachine } from './prepare-machine.tsx'

const route = getRouteApi('/machines')
/** Machines turn up by themselves. */
const everyMs = 10_000

export function MachinesPage() {
  const mayChange = useMay('machines.change')
  const filters = route.useSearch()
  const navigate = route.useNavigate()
  const { order = 'seen', ...wanted } = filters
  const list = useList('listMachines', { query: { ...present(wanted), order } }, { every: everyMs })
  const items = useLast(list.items)
  const change = (next: MachinesSearch) => void navigate({ search: next, replace: true })
  const isFiltered = Object.values(wanted).some((value) => value !== undefined)
  return (
    <>
      <PageHead title={texts.title} about={texts.about}>
        {mayChange && <PrepareMachine />}
      </PageHead>
      <MachinesFilters filters={filters} onChange={change} />
      <Answered query={{ ...list, data: items }}>
        {(machines) =>
          machines.length === 0 ? (
            <NoMachines isFiltered={isFiltered} onClear={() => change({})} />
          ) : (
            <>
              <MachinesTable machines={machines} filters={filters} onChange={change} />
              <Group mt="xs" justify="center">
                <Text size="sm" c="dimmed" role="status">
                  {(list.hasNextPage ? texts.shownMore : texts.shown)(machines.length)}
                </Text>
              </Group>
              <MoreButton list={list} />
            </>
          )
        }
      </Answered>
    </>
  )
}

type NoneShown = { readonly isFiltered: boolean; readonly onClear: () => void }

function NoMachines({ isFiltered, onClear }: NoneShown) {
  if (!isFiltered)
    return (
      <Empty title={texts.none}>
        <Text c="dimmed">{texts.noneTodo}</Text>
      </Empty>
    )
  return (
    <Empty title={texts.noneFits}>
      <Button variant="default" onClick={onClear}>
        {texts.clear}
      </Button>
    </Empty>
  )
}

/** The last that came: what is typed as a filter does not empty the page until its answer is there. */
function useLast<T>(value: T | undefined): T | undefined {
  const last = useRef(value)
  if (value !== undefined) last.current = value
  return last.current
}

const present = <T extends object>(some: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(some).filter(([, value]) => value !== undefined)) as never
