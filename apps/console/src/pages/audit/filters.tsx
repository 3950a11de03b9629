import { Autocomplete, Button, Group, NativeSelect, SegmentedControl, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { IconX } from '@tabler/icons-react'
import { getRouteApi } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { auditTexts as texts } from '../../texts/audit.ts'
import { type AuditSearch, knownActions, localText, outcomeNames, spanNames, utcOf } from './audit-filters.ts'

const route = getRouteApi('/audit')

/** What is asked for; it stands in the address a moment after it is typed. */
export function Filters() {
  const search = route.useSearch()
  const { set, clear } = useFilters()
  const { span = 'all', outcome = 'all' } = search
  const isAsked = Object.values(search).some((value) => value !== undefined)
  return (
    <Group component="section" align="flex-end" aria-label={texts.filters} gap="sm">
      <Typed field="who" />
      <TypedAction />
      <Typed field="about" />
      <NativeSelect
        label={texts.time}
        value={span}
        onChange={({ currentTarget }) =>
          set({ span: spanNames.find((name) => name === currentTarget.value) })
        }
        data={spanNames.map((value) => ({ value, label: texts.spans[value] }))}
      />
      {span === 'own' && <OwnSpan />}
      <SegmentedControl
        aria-label={texts.outcome}
        value={outcome}
        onChange={(value) => set({ outcome: outcomeNames.find((name) => name === value) })}
        data={outcomeNames.map((value) => ({ value, label: texts.outcomes[value] }))}
      />
      {isAsked && (
        <Button variant="subtle" leftSection={<IconX size={16} />} onClick={clear}>
          {texts.clear}
        </Button>
      )}
    </Group>
  )
}

function useFilters() {
  const navigate = route.useNavigate()
  const set = (change: AuditSearch) =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true, resetScroll: false })
  return { set, clear: () => void navigate({ search: {} }) }
}

/** A text that is typed: here at once, in the address when the typing pauses; and the other way round. */
function useTyped(field: 'who' | 'action' | 'about') {
  const { [field]: asked = '' } = route.useSearch()
  const { set } = useFilters()
  const [text, setText] = useState(asked)
  const later = useDebouncedCallback(
    (value: string) => set({ [field]: value === '' ? undefined : value }),
    350,
  )
  useEffect(() => setText(asked), [asked])
  const type = (value: string) => {
    setText(value)
    later(value)
  }
  return { text, type }
}

const labels = { who: texts.who, about: texts.object } as const
const rules = { who: texts.whoRule, about: texts.objectRule } as const

function Typed({ field }: { readonly field: 'who' | 'about' }) {
  const { text, type } = useTyped(field)
  return (
    <TextInput
      label={labels[field]}
      placeholder={rules[field]}
      value={text}
      onChange={({ currentTarget }) => type(currentTarget.value)}
      maxLength={256}
      autoComplete="off"
      flex="1 1 9rem"
    />
  )
}

function TypedAction() {
  const { text, type } = useTyped('action')
  return (
    <Autocomplete
      label={texts.action}
      placeholder={texts.actionRule}
      value={text}
      onChange={type}
      data={[...knownActions]}
      limit={20}
      maxLength={64}
      flex="1 1 9rem"
    />
  )
}

function OwnSpan() {
  const { since, until } = route.useSearch()
  const { set } = useFilters()
  return (
    <>
      <TextInput
        type="datetime-local"
        label={texts.since}
        defaultValue={localText(since)}
        onChange={({ currentTarget }) => set({ since: utcOf(currentTarget.value) })}
      />
      <TextInput
        type="datetime-local"
        label={texts.until}
        defaultValue={localText(until)}
        onChange={({ currentTarget }) => set({ until: utcOf(currentTarget.value) })}
      />
    </>
  )
}
