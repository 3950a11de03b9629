import type { Opening } from '@bootcast/contract'
import { Badge, Button, Group, Stack, Table, Text } from '@mantine/core'
import { useState } from 'react'
import { NameShown } from '../../parts/name-shown.tsx'
import { PageLink } from '../../parts/page-link.tsx'
import { TimeShown, useNow } from '../../parts/time-shown.tsx'
import { useMay } from '../../session.ts'
import { openingStateTexts, openingTexts as texts } from '../../texts/openings.ts'
import { CloseOpening } from './close-opening.tsx'
import { demandsOf, isCurrent, isWide, machinesText, stateAt } from './opening-words.ts'

const colors: Readonly<Record<Opening['state'], string>> = {
  open: 'green',
  planned: 'blue',
  over: 'gray',
  'used up': 'gray',
  closed: 'gray',
}

/** On a phone: what, for whom and until when; the rest below these. */
export function OpeningsTable({ openings }: { readonly openings: readonly Opening[] }) {
  const mayChange = useMay('openings.change')
  const [closing, setClosing] = useState<Opening>()
  const now = useNow(1_000)
  return (
    <>
      <Table verticalSpacing="xs" layout="fixed" className="openings">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{texts.image}</Table.Th>
            <Table.Th visibleFrom="sm">{texts.machines}</Table.Th>
            <Table.Th visibleFrom="md">{texts.state}</Table.Th>
            <Table.Th w={{ base: 130, sm: 170 }}>{texts.until}</Table.Th>
            <Table.Th visibleFrom="sm" w={110}>
              {texts.left}
            </Table.Th>
            {mayChange && <Table.Td visibleFrom="sm" w={80} />}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {openings.map((opening) => (
            <Row
              key={opening.id}
              opening={{ ...opening, state: stateAt(opening, now) }}
              onClose={mayChange ? setClosing : undefined}
            />
          ))}
        </Table.Tbody>
      </Table>
      <CloseOpening opening={closing} onClose={() => setClosing(undefined)} />
    </>
  )
}

type Shown = {
  readonly opening: Opening
  readonly onClose: ((opening: Opening) => void) | undefined
}

function Row({ opening, onClose }: Shown) {
  const { image, machines, state, boot, closedBy } = opening
  const [name = ''] = image.split('@')
  return (
    <Table.Tr {...(!isCurrent(state) && { c: 'dimmed' })}>
      <Table.Td>
        <Stack gap={2}>
          <PageLink to="/images/$name" params={{ name }} fw={600}>
            <NameShown short>{image}</NameShown>
          </PageLink>
          <Text size="sm">{boot ? texts.boot : texts.menu}</Text>
          <Group hiddenFrom="md">
            <State state={state} />
          </Group>
          <Stack gap={4} hiddenFrom="sm" align="flex-start">
            <Demands machines={machines} />
            <Text size="sm">{texts.boots(leftText(opening))}</Text>
            <CloseButton opening={opening} onClose={onClose} />
          </Stack>
        </Stack>
      </Table.Td>
      <Table.Td visibleFrom="sm">
        <Demands machines={machines} />
      </Table.Td>
      <Table.Td visibleFrom="md">
        <State state={state} />
        <Text size="xs" c="dimmed" component="div" mt={2}>
          <NameShown short>
            {closedBy === undefined ? texts.by(opening.createdBy) : texts.closedBy(closedBy)}
          </NameShown>
        </Text>
      </Table.Td>
      <Table.Td>
        <Until opening={opening} />
      </Table.Td>
      <Table.Td visibleFrom="sm">
        <Text size="sm" span>
          {leftText(opening)}
        </Text>
      </Table.Td>
      {onClose !== undefined && (
        <Table.Td visibleFrom="sm" ta="right">
          <CloseButton opening={opening} onClose={onClose} />
        </Table.Td>
      )}
    </Table.Tr>
  )
}

function CloseButton({ opening, onClose }: Shown) {
  const { image, machines, state } = opening
  if (onClose === undefined || !isCurrent(state)) return undefined
  return (
    <Button
      size="compact-sm"
      variant="default"
      onClick={() => onClose(opening)}
      aria-label={texts.closeOne(image, machinesText(machines))}
    >
      {texts.close}
    </Button>
  )
}

const State = ({ state }: Pick<Opening, 'state'>) => (
  <Badge variant="dot" color={colors[state]} tt="none">
    {openingStateTexts[state]}
  </Badge>
)

function Demands({ machines }: Pick<Opening, 'machines'>) {
  const demands = demandsOf(machines)
  return (
    <Stack gap={2} align="flex-start">
      {isWide(machines) && (
        <Badge color="orange" variant="dot" tt="none">
          {texts.everybody}
        </Badge>
      )}
      {demands.map((demand) => (
        <Text key={demand} size="sm" component="div">
          <NameShown>{demand}</NameShown>
        </Text>
      ))}
    </Stack>
  )
}

/** How long it still is, and when exactly. */
function Until({ opening: { state, from, until, closedAt } }: Pick<Shown, 'opening'>) {
  if (state === 'planned')
    return (
      <Text size="sm" component="div">
        {texts.begins} <TimeShown at={from} />
        <Exact at={from} />
      </Text>
    )
  const end = state === 'closed' ? closedAt : until
  if (end === undefined) return <Text size="sm">{texts.untilClosed}</Text>
  return (
    <Text size="sm" component="div">
      <TimeShown at={end} />
      <Exact at={end} />
    </Text>
  )
}

const Exact = ({ at }: { readonly at: string }) => (
  <Text size="xs" c="dimmed" component="div">
    <TimeShown at={at} as="clock" />
  </Text>
)

const leftText = ({ times, used }: Opening): string =>
  times === undefined ? texts.anyNumber : texts.leftOf(Math.max(0, times - used), times)
