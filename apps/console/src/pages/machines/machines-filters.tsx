import './machines.css'
import { Button, Group, Select, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { IconSearch, IconTag, IconX } from '@tabler/icons-react'
import { useEffect, useState } from 'react'
import { useCall } from '../../calls.ts'
import { useMay } from '../../session.ts'
import { machineStateTexts, machineTexts as texts } from '../../texts/machines.ts'
import type { MachinesSearch } from './machines-route.ts'

type Filters = {
  readonly filters: MachinesSearch
  readonly onChange: (filters: MachinesSearch) => void
}

const states = Object.entries(machineStateTexts).map(([value, label]) => ({ value, label }))

/** What the list is narrowed by. A label is chosen by a click on one. */
export function MachinesFilters({ filters, onChange }: Filters) {
  const { label, state } = filters
  return (
    <Group mb="md" gap="sm" align="flex-end" role="search">
      <SearchField
        value={filters.search ?? ''}
        onChange={(search) => onChange({ ...filters, search: search || undefined })}
      />
      <Select
        w={{ base: '100%', xs: 220 }}
        aria-label={texts.state}
        placeholder={texts.anyState}
        data={states}
        value={state ?? null}
        onChange={(next) => onChange({ ...filters, state: (next ?? undefined) as typeof state })}
        clearable
        clearButtonProps={{ 'aria-label': texts.anyState }}
      />
      <SiteFilter filters={filters} onChange={onChange} />
      {label !== undefined && (
        <Button
          variant="light"
          leftSection={<IconTag size={16} />}
          rightSection={<IconX size={16} />}
          onClick={() => onChange({ ...filters, label: undefined })}
          title={texts.noLabelFilter}
          className="filter-label"
        >
          {texts.labelled(label)}
        </Button>
      )}
    </Group>
  )
}

/** Where there are sites. */
function SiteFilter({ filters, onChange }: Filters) {
  const maySee = useMay('sites.read')
  const sites = useCall('listSites', { query: { limit: 500 } }, { enabled: maySee })
  const { site } = filters
  const names = sites.data?.items.map(({ name }) => name) ?? []
  if (names.length === 0 && site === undefined) return undefined
  return (
    <Select
      w={{ base: '100%', xs: 180 }}
      aria-label={texts.site}
      placeholder={texts.anySite}
      data={site === undefined || names.includes(site) ? names : [...names, site]}
      value={site ?? null}
      onChange={(next) => onChange({ ...filters, site: next ?? undefined })}
      searchable
      clearable
      clearButtonProps={{ 'aria-label': texts.anySite }}
    />
  )
}

type Searched = { readonly value: string; readonly onChange: (value: string) => void }

/** Asks a moment after the last letter. */
function SearchField({ value, onChange }: Searched) {
  const [typed, setTyped] = useState(value)
  const tell = useDebouncedCallback(onChange, 300)
  useEffect(() => setTyped(value), [value])
  return (
    <TextInput
      flex="1 1 14rem"
      type="search"
      maxLength={64}
      aria-label={texts.search}
      placeholder={texts.searchIn}
      leftSection={<IconSearch size={16} />}
      value={typed}
      onChange={({ currentTarget }) => {
        setTyped(currentTarget.value)
        tell(currentTarget.value.trim())
      }}
    />
  )
}
