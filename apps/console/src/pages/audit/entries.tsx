import type { AuditEntry } from '@bootcast/contract'
import { Badge, Code, Group, Text } from '@mantine/core'
import { CardRows, type Column } from '../../parts/card-rows.tsx'
import { NameShown } from '../../parts/name-shown.tsx'
import { TimeShown } from '../../parts/time-shown.tsx'
import { auditTexts as texts } from '../../texts/audit.ts'
import { FilterLink } from './filter-link.tsx'

const columns: readonly Column<AuditEntry>[] = [
  { key: 'at', title: texts.when, cell: ({ at }) => <TimeShown at={at} as="clock" />, isNarrow: true },
  { key: 'who', title: texts.who, cell: ({ who }) => <Who who={who} /> },
  { key: 'action', title: texts.action, cell: (entry) => <Did entry={entry} />, isNarrow: true },
  {
    key: 'about',
    title: texts.object,
    cell: ({ about }) => <Said text={about} />,
    isEmpty: ({ about }) => about === '',
  },
  {
    key: 'because',
    title: texts.because,
    cell: ({ because }) => <Said text={because} />,
    isEmpty: (entry) => entry.because === undefined,
  },
  {
    key: 'from',
    title: texts.from,
    cell: ({ from }) => <Said text={from} />,
    isNarrow: true,
    isEmpty: (entry) => entry.from === undefined,
  },
]

export function Entries({ entries }: { readonly entries: readonly AuditEntry[] }) {
  return <CardRows label={texts.list} rows={entries} keyOf={({ id }) => id} columns={columns} />
}

function Who({ who }: { readonly who: string }) {
  if (who === '')
    return (
      <Text span size="sm" c="dimmed">
        {texts.nobody}
      </Text>
    )
  return (
    <FilterLink filter={{ who }}>
      <NameShown short>{who}</NameShown>
    </FilterLink>
  )
}

function Did({ entry: { action, refused } }: { readonly entry: AuditEntry }) {
  return (
    <Group gap={6}>
      <FilterLink filter={{ action }}>
        <Code>{action}</Code>
      </FilterLink>
      {refused && (
        <Badge variant="default" c="var(--danger-text)" tt="none">
          {texts.refused}
        </Badge>
      )}
    </Group>
  )
}

function Said({ text }: { readonly text: string | undefined }) {
  if (text === undefined || text === '') return texts.nothing
  return <NameShown>{text}</NameShown>
}
