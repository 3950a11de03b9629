import type { Machine } from '@bootcast/contract'
import { Group, type StyleProp, Table, Text, UnstyledButton } from '@mantine/core'
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { NameShown } from '../../parts/name-shown.tsx'
import { PageLink } from '../../parts/page-link.tsx'
import { TimeShown } from '../../parts/time-shown.tsx'
import { machineTexts as texts } from '../../texts/machines.ts'
import { LabelMarks } from './label-marks.tsx'
import { hardwareOf, productOf } from './machine-words.ts'
import type { MachinesSearch } from './machines-route.ts'

type Shown = {
  readonly machines: readonly Machine[]
  readonly filters: MachinesSearch
  readonly onChange: (filters: MachinesSearch) => void
}

/** On a phone a machine is its address, with what counts below it. */
export function MachinesTable({ machines, filters, onChange }: Shown) {
  const { order } = filters
  return (
    <Table verticalSpacing="xs" layout="fixed" highlightOnHover>
      <Table.Thead>
        <Table.Tr>
          <Sorted
            column={texts.machine}
            is={order === 'mac' ? 'ascending' : 'none'}
            onSort={() => onChange({ ...filters, order: 'mac' })}
          />
          <Table.Th visibleFrom="md" w="18%">
            {texts.serial}
          </Table.Th>
          <Table.Th visibleFrom="lg" w="15%">
            {texts.hardware}
          </Table.Th>
          <Table.Th visibleFrom="sm">{texts.boots}</Table.Th>
          <Sorted
            column={texts.lastSeen}
            width={{ base: 120, sm: 140 }}
            is={order === undefined ? 'descending' : 'none'}
            onSort={() => onChange({ ...filters, order: undefined })}
          />
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {machines.map((machine) => (
          <Row key={machine.mac} machine={machine} onLabel={(label) => onChange({ ...filters, label })} />
        ))}
      </Table.Tbody>
    </Table>
  )
}

type RowShown = { readonly machine: Machine; readonly onLabel: (label: string) => void }

function Row({ machine, onLabel }: RowShown) {
  const { mac, serial, site, lastSeenAt, labels } = machine
  const product = productOf(machine)
  const hardware = hardwareOf(machine)
  return (
    <Table.Tr>
      <Table.Td>
        <div className="machine-cell">
          <PageLink to="/machines/$mac" params={{ mac }} className="numbers" fw={600}>
            {mac}
          </PageLink>
          {product !== undefined && (
            <Text size="sm" c="dimmed" component="div">
              <NameShown short>{product}</NameShown>
            </Text>
          )}
          <LabelMarks labels={labels} onChoose={onLabel} />
          <Text size="sm" hiddenFrom="sm" component="div">
            <BootsNext machine={machine} />
          </Text>
        </div>
      </Table.Td>
      <Table.Td visibleFrom="md">{serial !== undefined && <NameShown short>{serial}</NameShown>}</Table.Td>
      <Table.Td visibleFrom="lg">
        {hardware !== undefined && <NameShown short>{hardware}</NameShown>}
      </Table.Td>
      <Table.Td visibleFrom="sm">
        <BootsNext machine={machine} />
      </Table.Td>
      <Table.Td>
        {lastSeenAt === undefined ? (
          <Text size="sm" c="dimmed">
            {texts.unheard}
          </Text>
        ) : (
          <TimeShown at={lastSeenAt} />
        )}
        {site !== undefined && (
          <Text size="sm" c="dimmed" component="div">
            <NameShown short>{texts.atSite(site)}</NameShown>
          </Text>
        )}
      </Table.Td>
    </Table.Tr>
  )
}

function BootsNext({ machine: { boots, nextImage } }: { readonly machine: Machine }) {
  return (
    <>
      <NameShown>{boots}</NameShown>
      {nextImage !== undefined && (
        <Text size="xs" c="dimmed">
          {texts.once}
        </Text>
      )}
    </>
  )
}

type SortedBy = {
  readonly width?: StyleProp<number>
  readonly column: string
  readonly is: 'ascending' | 'descending' | 'none'
  readonly onSort: () => void
}

const arrows: Readonly<Record<SortedBy['is'], ReactNode>> = {
  ascending: <IconArrowUp size={14} aria-hidden />,
  descending: <IconArrowDown size={14} aria-hidden />,
  none: undefined,
}

/** The head of a column that the list can be sorted by, in one direction. */
function Sorted({ column, is, onSort, width }: SortedBy) {
  return (
    <Table.Th aria-sort={is} {...(width !== undefined && { w: width })}>
      <UnstyledButton onClick={onSort} fw="inherit" fz="inherit" title={texts.sortBy(column)}>
        <Group gap={4} wrap="nowrap">
          {column}
          {arrows[is]}
        </Group>
      </UnstyledButton>
    </Table.Th>
  )
}
