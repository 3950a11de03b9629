import type { Boot, BootState } from '@bootcast/contract'
import { Badge, Table, Text } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { useQueryClient } from '@tanstack/react-query'
import { useList } from '../../calls.ts'
import { useBootNews } from '../../live/use-boots.ts'
import { MoreButton } from '../../parts/more-button.tsx'
import { NameShown } from '../../parts/name-shown.tsx'
import { PageLink } from '../../parts/page-link.tsx'
import { Section } from '../../parts/section.tsx'
import { Answered } from '../../parts/states.tsx'
import { TimeShown } from '../../parts/time-shown.tsx'
import { oneMachineTexts as texts } from '../../texts/machine.ts'
import { machineBootTexts } from '../../texts/machines.ts'
import { shortTime } from '../../times.ts'

const colors: Readonly<Record<BootState, string>> = {
  booting: 'blue',
  waiting: 'orange',
  started: 'teal',
  done: 'green',
  failed: 'red',
  abandoned: 'gray',
}

/** The boots of one machine, the newest first; they become others while one looks. */
export function MachineBoots({ mac }: { readonly mac: string }) {
  const list = useList('listBoots', { query: { machine: mac, limit: 20 } })
  const queries = useQueryClient()
  // A boot tells many things at once: one look for all of them.
  const listAnew = useDebouncedCallback(
    () => void queries.invalidateQueries({ queryKey: ['listBoots'] }),
    500,
  )
  useBootNews({
    onReset: listAnew,
    onNews: ({ boot }) => {
      if (boot.mac === mac) listAnew()
    },
  })
  return (
    <Section title={texts.boots}>
      <Answered query={{ ...list, data: list.items }}>
        {(boots) =>
          boots.length === 0 ? (
            <Text size="sm" c="dimmed">
              {texts.noBoots}
            </Text>
          ) : (
            <>
              <BootsTable boots={boots} />
              <MoreButton list={list} />
            </>
          )
        }
      </Answered>
    </Section>
  )
}

function BootsTable({ boots }: { readonly boots: readonly Boot[] }) {
  return (
    <Table verticalSpacing={4} layout="fixed">
      <Table.Thead>
        <Table.Tr>
          <Table.Th w={{ base: 90, sm: 180 }}>{texts.bootBegan}</Table.Th>
          <Table.Th w={120}>{texts.bootState}</Table.Th>
          <Table.Th>{texts.bootRelease}</Table.Th>
          <Table.Th visibleFrom="sm">{texts.bootCause}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {boots.map(({ id, beganAt, state, release, cause }) => (
          <Table.Tr key={id}>
            <Table.Td>
              <PageLink
                size="sm"
                to="/boots/$id"
                params={{ id }}
                aria-label={texts.bootLink(shortTime(new Date(beganAt), new Date()))}
              >
                <TimeShown at={beganAt} as="clock" />
              </PageLink>
            </Table.Td>
            <Table.Td>
              <Badge variant="dot" color={colors[state]} tt="none">
                {machineBootTexts[state]}
              </Badge>
            </Table.Td>
            <Table.Td>{release !== undefined && <NameShown short>{release}</NameShown>}</Table.Td>
            <Table.Td visibleFrom="sm">{cause !== undefined && <NameShown>{cause.text}</NameShown>}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}
