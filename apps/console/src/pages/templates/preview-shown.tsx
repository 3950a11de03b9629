import type { TemplatePreview } from '@bootcast/contract'
import { Alert, Code, Group, Stack, Text } from '@mantine/core'
import { NameShown } from '../../parts/name-shown.tsx'
import { templateTexts as texts } from '../../texts/templates.ts'
import { ValueButtons } from './value-buttons.tsx'

/** Documents that are filled in, why they cannot be, and the values in them. */
export function PreviewShown({
  preview,
  machine,
}: {
  readonly preview: TemplatePreview
  readonly machine: string
}) {
  const { files, problems, values } = preview
  return (
    <Stack gap="sm">
      {problems.length > 0 && (
        <Alert color="orange" title={texts.waits}>
          {problems.map(({ where, line, message }) => (
            <Text size="sm" key={`${where} ${line} ${message}`}>
              {line !== undefined && `${texts.at(line, undefined)}: `}
              <NameShown>{message}</NameShown>
            </Text>
          ))}
        </Alert>
      )}
      {files.map(({ name, text }) => (
        <Stack gap={4} key={name}>
          <Text size="sm" fw={600}>
            <NameShown>{name}</NameShown>
          </Text>
          {/* What scrolls must be reached by the keyboard. */}
          <Code block className="filled" tabIndex={0} role="region" aria-label={texts.previewOf(name)}>
            {text}
          </Code>
        </Stack>
      ))}
      <Values values={values} machine={machine} />
    </Stack>
  )
}

function Values({
  values,
  machine,
}: {
  readonly values: TemplatePreview['values']
  readonly machine: string
}) {
  if (values.length === 0) return undefined
  return (
    <Stack gap={6}>
      <Text size="sm" fw={600}>
        {texts.values}
      </Text>
      {values.map((value) => (
        <Group key={value.name} justify="space-between" wrap="nowrap" align="flex-start">
          <Text size="sm">
            <NameShown>{value.name}</NameShown>: <NameShown>{shownValue(value)}</NameShown>{' '}
            <Text component="span" size="xs" c="dimmed">
              {texts.from} <NameShown>{value.from}</NameShown>
            </Text>
          </Text>
          <ValueButtons scope="machine" of={machine} variable={value} isSet={value.from === 'machine'} />
        </Group>
      ))}
    </Stack>
  )
}

const shownValue = ({ value, secret, from }: TemplatePreview['values'][number]): string =>
  value ?? (secret && from !== 'nowhere' ? texts.secretDots : texts.noValue)
