import { type ApiDocument, readApiDocument } from '@bootcast/contract'
import { Anchor, Stack, Text, TextInput, Title } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { IconSearch } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useMemo } from 'react'
import { origin } from '../../client.ts'
import { PageHead } from '../../parts/page-head.tsx'
import { Answered, Empty } from '../../parts/states.tsx'
import { referenceTexts as texts } from '../../texts/reference.ts'
import { CallLine } from './call-line.tsx'
import { callsOf, groupsOf } from './calls.ts'
import { ProblemList } from './problem-list.tsx'

const route = getRouteApi('/reference')

/** Every call, from the description that the platform itself gives. */
export function ReferencePage() {
  const document = useQuery({
    queryKey: ['openapi'],
    queryFn: ({ signal }) => readApiDocument({ url: origin, signal }),
    staleTime: Number.POSITIVE_INFINITY,
  })
  return (
    <>
      <PageHead
        title={texts.title}
        about={
          <>
            {texts.about}{' '}
            <Anchor href="/api/v1/openapi.json" inherit underline="always">
              {texts.download}
            </Anchor>
          </>
        }
      />
      <Answered query={document}>{(found) => <Calls document={found} />}</Answered>
    </>
  )
}

function Calls({ document }: { readonly document: ApiDocument }) {
  const { find = '', call } = route.useSearch()
  const navigate = route.useNavigate()
  const calls = useMemo(() => callsOf(document), [document])
  const groups = useMemo(() => groupsOf(calls, find), [calls, find])
  const count = groups.reduce((sum, group) => sum + group.calls.length, 0)
  const seek = useDebouncedCallback(
    (text: string) =>
      void navigate({
        search: (before) => ({ ...before, find: text || undefined }),
        replace: true,
        resetScroll: false,
      }),
    150,
  )
  const toggle = (id: string) =>
    void navigate({
      search: (before) => ({ ...before, call: before.call === id ? undefined : id }),
      replace: true,
      resetScroll: false,
    })
  return (
    <Stack>
      <TextInput
        type="search"
        label={texts.find}
        leftSection={<IconSearch size={16} />}
        defaultValue={find}
        onChange={({ currentTarget }) => seek(currentTarget.value)}
        maxLength={128}
        maw={480}
      />
      <Text size="sm" c="dimmed" role="status">
        {texts.found(count)}
      </Text>
      {count === 0 && <Empty title={texts.none}>{texts.noneTodo}</Empty>}
      {groups.map(({ tag, calls: found }) => (
        <section key={tag} aria-label={tag}>
          <Title order={2} size="h4" mb="xs">
            {tag}
          </Title>
          <Stack gap={4}>
            {found.map((one) => (
              <CallLine
                key={one.id}
                call={one}
                document={document}
                isOpen={one.id === call}
                onToggle={() => toggle(one.id)}
              />
            ))}
          </Stack>
        </section>
      ))}
      <ProblemList problems={document.components?.responses['Problem']?.['x-problems'] ?? {}} />
    </Stack>
  )
}
