import { Button, Code, Stack, Table, Text, Title } from '@mantine/core'
import { useState } from 'react'
import { referenceTexts as texts } from '../../texts/reference.ts'

type Problems = Readonly<Record<string, { readonly status: number; readonly title: string }>>

export function ProblemList({ problems }: { readonly problems: Problems }) {
  const [isShown, setShown] = useState(false)
  return (
    <section aria-label={texts.problemList}>
      <Stack gap="xs" align="flex-start">
        <Title order={2} size="h4">
          {texts.problemList}
        </Title>
        <Text size="sm" c="dimmed">
          {texts.problemListAbout}
        </Text>
        {isShown ? (
          <Table verticalSpacing={4}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{texts.code}</Table.Th>
                <Table.Th>{texts.status}</Table.Th>
                <Table.Th>{texts.meaning}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {Object.entries(problems).map(([code, { status, title }]) => (
                <Table.Tr key={code}>
                  <Table.Td>
                    <Code className="schema-type">{code}</Code>
                  </Table.Td>
                  <Table.Td>{status}</Table.Td>
                  <Table.Td>{title}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        ) : (
          <Button variant="default" onClick={() => setShown(true)}>
            {texts.showProblems}
          </Button>
        )}
      </Stack>
    </section>
  )
}
