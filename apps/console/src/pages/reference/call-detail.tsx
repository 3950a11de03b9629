import type { ApiDocument, ApiOperation } from '@bootcast/contract'
import { Box, Code, Group, Stack, Text, Title } from '@mantine/core'
import type { ReactNode } from 'react'
import { origin } from '../../client.ts'
import { CopyText } from '../../parts/copy-text.tsx'
import { referenceTexts as texts } from '../../texts/reference.ts'
import { answerOf, bodyOf, type Call, curlOf, problemsOf } from './calls.ts'
import { type SchemaRow, unfold } from './schema-rows.ts'
import { SchemaTable } from './schema-table.tsx'

type Shown = { readonly call: Call; readonly document: ApiDocument }

/** What a call takes, gives and may refuse, and how to ask it. */
export function CallDetail({ call, document }: Shown) {
  const { operation } = call
  const schemas = document.components?.schemas ?? {}
  const body = bodyOf(operation)
  const answer = answerOf(operation)
  const curl = curlOf(call, origin, schemas)
  return (
    <Stack px="sm" pb="sm" pt={4} gap="sm">
      <Text size="sm">
        <strong>{texts.who}:</strong> {whoMay(operation)}
      </Text>
      {operation.parameters.length > 0 && (
        <Part title={texts.parameters}>
          <SchemaTable label={texts.parameters} unfolded={parametersOf(operation, schemas)} />
        </Part>
      )}
      {body !== undefined && (
        <Part title={texts.body}>
          {body === 'bytes' ? (
            <Text size="sm">{texts.bodyBytes}</Text>
          ) : (
            <SchemaTable label={texts.body} unfolded={unfold(body, schemas)} />
          )}
        </Part>
      )}
      <Part title={texts.answer}>
        {answer === undefined ? (
          <Text size="sm">{texts.noAnswer}</Text>
        ) : (
          <SchemaTable label={texts.answer} unfolded={unfold(answer, schemas)} />
        )}
      </Part>
      <Part title={texts.problems}>
        <Text size="sm">
          {texts.problemsOfCall}{' '}
          {problemsOf(operation).map((code) => (
            <span key={code}>
              <Code>{code}</Code>{' '}
            </span>
          ))}
        </Text>
      </Part>
      <Part title={texts.example}>
        <Group wrap="nowrap" align="flex-start" gap="xs">
          <Code block flex={1} className="secret" tabIndex={0}>
            {curl}
          </Code>
          <CopyText text={curl} what={texts.example} />
        </Group>
        <Text size="sm" c="dimmed" mt={4}>
          {texts.exampleAbout}
        </Text>
      </Part>
    </Stack>
  )
}

function Part({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <Box>
      <Title order={3} size="h6" mb={4}>
        {title}
      </Title>
      {children}
    </Box>
  )
}

function whoMay(operation: ApiOperation): string {
  if (operation.security?.length === 0) return texts.anybody
  const { 'x-permission': permission, 'x-roles': roles = [] } = operation
  return permission === undefined ? texts.signedIn : `${roles.join(', ')} (${permission})`
}

function parametersOf({ parameters }: ApiOperation, schemas: Parameters<typeof unfold>[1]) {
  const unfolded = parameters.map(({ name, in: place, required, schema = {} }) => {
    const { rows, isCut } = unfold(schema, schemas)
    const shown = rows.map((row): SchemaRow => {
      if (row.depth > 0) return row
      return {
        ...row,
        name,
        isRequired: required,
        about: [texts.place[place], row.about].filter(Boolean).join(' · '),
      }
    })
    return { rows: shown, isCut }
  })
  return { rows: unfolded.flatMap(({ rows }) => rows), isCut: unfolded.some(({ isCut }) => isCut) }
}
