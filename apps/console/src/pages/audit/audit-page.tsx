import { Button, Stack } from '@mantine/core'
import { IconRefresh } from '@tabler/icons-react'
import { getRouteApi } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { useList } from '../../calls.ts'
import { MoreButton } from '../../parts/more-button.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { Answered, Empty } from '../../parts/states.tsx'
import { auditTexts as texts } from '../../texts/audit.ts'
import { auditQueryOf } from './audit-filters.ts'
import { Entries } from './entries.tsx'
import { Filters } from './filters.tsx'

const route = getRouteApi('/audit')

export function AuditPage() {
  const search = route.useSearch()
  const [now, setNow] = useState(() => new Date())
  const query = useMemo(() => auditQueryOf(search, now), [search, now])
  const entries = useList('listAudit', { query })
  const look = () => {
    setNow(new Date())
    void entries.refetch()
  }
  return (
    <>
      <PageHead title={texts.title} about={texts.about}>
        <Button
          variant="default"
          leftSection={<IconRefresh size={18} />}
          loading={entries.isRefetching}
          onClick={look}
        >
          {texts.refresh}
        </Button>
      </PageHead>
      <Stack>
        <Filters />
        <Answered query={entries}>
          {() =>
            entries.items?.length === 0 ? (
              <Empty title={texts.none}>{texts.noneTodo}</Empty>
            ) : (
              <>
                <Entries entries={entries.items ?? []} />
                <MoreButton list={entries} />
              </>
            )
          }
        </Answered>
      </Stack>
    </>
  )
}
