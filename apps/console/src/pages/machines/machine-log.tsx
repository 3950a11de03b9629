import type { Machine } from '@bootcast/contract'
import { Badge, Table, Text } from '@mantine/core'
import { NameShown } from '../../parts/name-shown.tsx'
import { Section } from '../../parts/section.tsx'
import { TimeShown } from '../../parts/time-shown.tsx'
import { oneMachineTexts as texts } from '../../texts/machine.ts'

type Calls = NonNullable<Machine['calls']>
const colors: Readonly<Record<Calls[number]['state'], string>> = { done: 'green', failed: 'red', log: 'gray' }

/** What an installation told by itself, the last thing last. */
export function MachineLog({ calls }: { readonly calls: Calls }) {
  return (
    <Section title={texts.log}>
      {calls.length === 0 ? (
        <Text size="sm" c="dimmed">
          {texts.noLog}
        </Text>
      ) : (
        <Table verticalSpacing={4} layout="fixed">
          <Table.Thead>
            <Table.Tr>
              <Table.Th w={100}>{texts.logAt}</Table.Th>
              <Table.Th visibleFrom="sm" w={150}>
                {texts.logRelease}
              </Table.Th>
              <Table.Th w={110}>{texts.logState}</Table.Th>
              <Table.Th>{texts.logText}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {calls.map(({ at, release, state, text }, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: lines have no name, and are only added at the end.
              <Table.Tr key={index}>
                <Table.Td>
                  <TimeShown at={at} as="clock" />
                </Table.Td>
                <Table.Td visibleFrom="sm">
                  <NameShown short>{release}</NameShown>
                </Table.Td>
                <Table.Td>
                  <Badge variant="dot" color={colors[state]} tt="none">
                    {texts.logStates[state]}
                  </Badge>
                </Table.Td>
                <Table.Td>
                  <NameShown>{text}</NameShown>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Section>
  )
}
