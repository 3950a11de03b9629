import { bootStateSchema, macSchema } from '@bootcast/contract'
import { Button, Group, NativeSelect, TextInput, Title } from '@mantine/core'
import { getRouteApi } from '@tanstack/react-router'
import { type FormEvent, useEffect, useState } from 'react'
import { useList } from '../../calls.ts'
import type { BootFilter } from '../../live/heard-boots.ts'
import { useMay } from '../../session.ts'
import { bootStateTexts, bootsTexts as texts } from '../../texts/boots.ts'

const route = getRouteApi('/')
type Shown = { readonly filter: BootFilter }

/** What stands in the address is what is chosen here. */
export function BootsFilter({ filter }: Shown) {
  const navigate = route.useNavigate()
  const set = (change: BootFilter) =>
    void navigate({ search: (before) => ({ ...before, ...change }), resetScroll: false })
  const images = useNames('listImages', useMay('images.read'))
  const sites = useNames('listSites', useMay('sites.read'))
  const isFiltered = Object.values(filter).some((value) => value !== undefined)
  return (
    <>
      <Title order={2} size="h4" mt="xl" mb="xs">
        {isFiltered ? texts.fitting : texts.all}
      </Title>
      <Group
        gap="sm"
        mb="md"
        align="flex-start"
        role="search"
        aria-label={texts.filters}
        className="boot-filters"
      >
        <NativeSelect
          label={texts.state}
          value={filter.state ?? ''}
          onChange={({ target }) => set({ state: bootStateSchema.safeParse(target.value).data })}
          data={[
            anything,
            ...bootStateSchema.options.map((value) => ({ value, label: bootStateTexts[value] })),
          ]}
        />
        <Named label={texts.image} value={filter.image} names={images} onChange={(image) => set({ image })} />
        {(sites.length > 0 || filter.site !== undefined) && (
          <Named label={texts.site} value={filter.site} names={sites} onChange={(site) => set({ site })} />
        )}
        <MachineField machine={filter.machine} onChange={(machine) => set({ machine })} />
        {isFiltered && (
          <Button variant="default" mt={25} onClick={() => void navigate({ search: {}, resetScroll: false })}>
            {texts.clear}
          </Button>
        )}
      </Group>
    </>
  )
}

const anything = { value: '', label: texts.any }

function useNames(name: 'listImages' | 'listSites', enabled: boolean): readonly string[] {
  const { items = [] } = useList(name, { query: { limit: 500 } }, { enabled })
  return items.map((item) => item.name)
}

type Choice = {
  readonly label: string
  readonly value: string | undefined
  readonly names: readonly string[]
  readonly onChange: (value: string | undefined) => void
}

/** Also one that is there no more, when the address says so. */
function Named({ label, value, names, onChange }: Choice) {
  const known = value === undefined || names.includes(value) ? names : [value, ...names]
  return (
    <NativeSelect
      label={label}
      value={value ?? ''}
      onChange={({ target }) => onChange(target.value === '' ? undefined : target.value)}
      data={[anything, ...known.map((name) => ({ value: name, label: name }))]}
    />
  )
}

type Machine = { readonly machine: string | undefined; readonly onChange: Choice['onChange'] }

/** Counts when it is a whole address, in any spelling, or empty. */
function MachineField({ machine, onChange }: Machine) {
  const [text, setText] = useState(machine ?? '')
  const [isWrong, setWrong] = useState(false)
  useEffect(() => {
    setText(machine ?? '')
    setWrong(false)
  }, [machine])
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const typed = text.trim()
    const mac = macSchema.safeParse(typed)
    setWrong(typed !== '' && !mac.success)
    if (typed === '' || mac.success) onChange(mac.data)
  }
  return (
    <form onSubmit={submit} onBlur={submit}>
      <TextInput
        label={texts.machine}
        placeholder={texts.machineHint}
        value={text}
        maxLength={32}
        onChange={({ target }) => setText(target.value)}
        {...(isWrong && { error: texts.machineWrong })}
      />
    </form>
  )
}
