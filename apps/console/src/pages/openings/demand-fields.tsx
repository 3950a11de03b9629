import { ActionIcon, Autocomplete, Button, Group, Input, Select, Stack } from '@mantine/core'
import { IconPlus, IconX } from '@tabler/icons-react'
import { useCall } from '../../calls.ts'
import { useMay } from '../../session.ts'
import { openTexts as texts } from '../../texts/openings.ts'
import type { Demand, Kind } from './opening-form.ts'

type Fields = {
  readonly demands: readonly Demand[]
  readonly errors: ReadonlyMap<number, string>
  readonly onChange: (demands: readonly Demand[]) => void
}

const kinds = Object.keys(texts.kinds) as Kind[]

/** Which machines: one condition, or several that must all fit. */
export function DemandFields({ demands, errors, onChange }: Fields) {
  const used = new Set(demands.map(({ kind }) => kind))
  const free = kinds.filter((kind) => kind !== 'everybody' && !used.has(kind))
  const change = (id: number, part: Partial<Demand>) =>
    onChange(demands.map((demand) => (demand.id === id ? { ...demand, ...part } : demand)))
  const add = () => {
    const [kind] = free
    const id = Math.max(...demands.map((demand) => demand.id)) + 1
    if (kind !== undefined) onChange([...demands, { id, kind, value: '' }])
  }
  return (
    <Input.Wrapper label={demands.length > 1 ? texts.whoSeveral : texts.who} labelElement="div">
      <Stack gap="xs" mt={4}>
        {demands.map((demand) => (
          <DemandField
            key={demand.id}
            demand={demand}
            error={errors.get(demand.id)}
            isAlone={demands.length === 1}
            onChange={(part) => change(demand.id, part)}
            onRemove={() => onChange(demands.filter(({ id }) => id !== demand.id))}
          />
        ))}
        {!used.has('everybody') && free.length > 0 && (
          <Button
            variant="subtle"
            size="compact-sm"
            leftSection={<IconPlus size={14} />}
            onClick={add}
            className="another"
          >
            {texts.another}
          </Button>
        )}
      </Stack>
    </Input.Wrapper>
  )
}

type Field = {
  readonly demand: Demand
  readonly error: string | undefined
  readonly isAlone: boolean
  readonly onChange: (part: Partial<Demand>) => void
  readonly onRemove: () => void
}

function DemandField({ demand: { kind, value }, error, isAlone, onChange, onRemove }: Field) {
  const choices = useChoices(kind)
  return (
    <Group gap="xs" align="flex-start" wrap="nowrap">
      <Select
        w={{ base: 130, xs: 200 }}
        aria-label={texts.kind}
        data={kinds
          .filter((one) => isAlone || one !== 'everybody')
          .map((one) => ({ value: one, label: texts.kinds[one] }))}
        value={kind}
        onChange={(next) => onChange({ kind: next as Kind, value: '' })}
        allowDeselect={false}
      />
      {kind !== 'everybody' && (
        <Autocomplete
          flex={1}
          aria-label={texts.value}
          placeholder={texts.examples[kind]}
          data={choices}
          limit={20}
          value={value}
          onChange={(next) => onChange({ value: next })}
          maxLength={128}
          error={error}
          autoComplete="off"
        />
      )}
      {!isAlone && (
        <ActionIcon variant="subtle" color="gray" size={36} aria-label={texts.removeOne} onClick={onRemove}>
          <IconX size={18} />
        </ActionIcon>
      )}
    </Group>
  )
}

/** What is known to choose from: of the machines that were heard last, and of the sites. */
function useChoices(kind: Kind): string[] {
  const maySeeSites = useMay('sites.read')
  const machines = useCall('listMachines', { query: { limit: 200, order: 'seen' } })
  const sites = useCall('listSites', { query: { limit: 500 } }, { enabled: maySeeSites && kind === 'site' })
  if (kind === 'site') return sites.data?.items.map(({ name }) => name) ?? []
  const known = machines.data?.items ?? []
  const all = known.flatMap((machine) => {
    if (kind === 'label') return machine.labels
    if (kind === 'everybody' || kind === 'subnet') return []
    const text = machine[kind]
    return text === undefined ? [] : [text]
  })
  return [...new Set(all)].sort()
}
