import type { TemplateVariable, Value } from '@bootcast/contract'
import { Badge, Button, Group, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { useCall } from '../../calls.ts'
import { NameShown } from '../../parts/name-shown.tsx'
import { Section } from '../../parts/section.tsx'
import { useMay } from '../../session.ts'
import { templateTexts as texts } from '../../texts/templates.ts'
import type { Draft } from './template-draft.ts'
import { ValueButtons } from './value-buttons.tsx'
import { VariableDialog } from './variable-dialog.tsx'

type Edited = {
  readonly image: string
  readonly draft: Draft
  readonly onChange: (part: Partial<Draft>) => void
}

/** What a template asks for, its defaults, and what the image says. */
export function VariablesCard({ image, draft, onChange }: Edited) {
  const mayChange = useMay('templates.change')
  const values = useCall(
    'listValues',
    { params: { scope: 'image', of: image } },
    { enabled: useMay('machines.read') },
  )
  /** `new`: one that is not there yet. */
  const [edited, setEdited] = useState<TemplateVariable | 'new'>()
  const { variables } = draft
  const before = edited === 'new' ? undefined : edited
  const put = (variable: TemplateVariable) =>
    onChange({
      variables:
        before === undefined
          ? [...variables, variable]
          : variables.map((one) => (one === before ? variable : one)),
    })
  const drop = () => onChange({ variables: variables.filter((one) => one !== before) })
  const add = (
    <Button size="xs" variant="default" onClick={() => setEdited('new')}>
      {texts.addVariable}
    </Button>
  )
  return (
    <Section title={texts.variables} actions={mayChange && add}>
      {variables.length === 0 && (
        <Text size="sm" c="dimmed">
          {texts.noVariables}
        </Text>
      )}
      {variables.map((variable) => (
        <VariableRow
          key={variable.name}
          variable={variable}
          image={image}
          value={values.data?.items.find(({ name }) => name === variable.name)}
          onEdit={() => setEdited(variable)}
        />
      ))}
      <VariableDialog
        opened={edited !== undefined}
        variable={before}
        taken={variables.filter((one) => one !== before).map(({ name }) => name)}
        onDone={put}
        onDrop={drop}
        onClose={() => setEdited(undefined)}
      />
    </Section>
  )
}

type Row = {
  readonly variable: TemplateVariable
  readonly image: string
  readonly value: Value | undefined
  readonly onEdit: () => void
}

function VariableRow({ variable, image, value, onEdit }: Row) {
  const mayChange = useMay('templates.change')
  const { name, description, kind, required, secret } = variable
  return (
    <Stack gap={2}>
      <Group justify="space-between" align="flex-start">
        <Group gap="xs">
          <Text fw={600} size="sm">
            <NameShown>{name}</NameShown>
          </Text>
          <Text size="xs" c="dimmed">
            {texts.kinds[kind]}
          </Text>
          {secret && <Mark>{texts.secret}</Mark>}
          {required && <Mark>{texts.needed}</Mark>}
        </Group>
        {mayChange && (
          <Button size="compact-xs" variant="default" onClick={onEdit} aria-label={texts.editVariable(name)}>
            {texts.change}
          </Button>
        )}
      </Group>
      {description !== '' && (
        <Text size="xs" c="dimmed">
          <NameShown>{description}</NameShown>
        </Text>
      )}
      <Text size="sm">
        {texts.usual}: <NameShown>{variable.default ?? texts.noValue}</NameShown>
      </Text>
      <Group justify="space-between">
        <Text size="sm">
          {texts.ofImage(image)}: <NameShown>{valueText(value)}</NameShown>
        </Text>
        <ValueButtons scope="image" of={image} variable={variable} isSet={value !== undefined} />
      </Group>
    </Stack>
  )
}

const valueText = (value: Value | undefined): string =>
  value === undefined ? texts.noValue : (value.value ?? texts.secretDots)

function Mark({ children }: { readonly children: string }) {
  return (
    <Badge variant="default" size="sm" tt="none">
      {children}
    </Badge>
  )
}
