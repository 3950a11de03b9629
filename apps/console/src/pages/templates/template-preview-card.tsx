import { macSchema, type TemplateProblem } from '@bootcast/contract'
import { Autocomplete, Button, Group, Text } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { type SubmitEvent, useState } from 'react'
import { useCall } from '../../calls.ts'
import { Section } from '../../parts/section.tsx'
import { Answered } from '../../parts/states.tsx'
import { useMay } from '../../session.ts'
import { templateTexts as texts } from '../../texts/templates.ts'
import { PreviewShown } from './preview-shown.tsx'
import { RevealButton } from './reveal-button.tsx'
import { bodyOf, type Draft } from './template-draft.ts'

type Previewed = {
  readonly image: string
  readonly name: string
  readonly draft: Draft
  readonly isDirty: boolean
  readonly problems: readonly TemplateProblem[] | undefined
}

/** What the machine that somebody chose would get: of the text as it stands, saved or not. */
export function TemplatePreviewCard(previewed: Previewed) {
  const { machine } = useSearch({ from: '/templates/$image/$template' })
  const mayLook = useMay('machines.read')
  if (!mayLook) return undefined
  return (
    <Section title={texts.preview}>
      <MachineChoice key={machine} machine={machine} />
      {machine === undefined ? (
        <Text size="sm" c="dimmed">
          {texts.previewAbout}
        </Text>
      ) : previewed.isDirty ? (
        <UnsavedPreview {...previewed} machine={machine} />
      ) : (
        <SavedPreview {...previewed} machine={machine} />
      )}
    </Section>
  )
}

function MachineChoice({ machine }: { readonly machine: string | undefined }) {
  const navigate = useNavigate({ from: '/templates/$image/$template' })
  const machines = useCall('listMachines', { query: { limit: 200 } })
  const [written, setWritten] = useState(machine ?? '')
  const [isTried, setTried] = useState(false)
  const read = macSchema.safeParse(written)
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    setTried(true)
    if (read.success)
      void navigate({ search: (before) => ({ ...before, machine: read.data }), replace: true })
  }
  return (
    <form onSubmit={submit} noValidate>
      <Group align="flex-end" gap="xs">
        <Autocomplete
          label={texts.machine}
          description={texts.machineHint}
          data={(machines.data?.items ?? []).map(({ mac }) => mac)}
          value={written}
          onChange={setWritten}
          error={isTried && !read.success && texts.machineWrong}
          limit={20}
          maxLength={32}
          flex="1 1 14rem"
        />
        <Button type="submit" variant="default">
          {texts.show}
        </Button>
      </Group>
    </form>
  )
}

type Chosen = Previewed & { readonly machine: string }

function SavedPreview({ image, name, machine }: Chosen) {
  const preview = useCall('previewTemplate', {
    params: { name: image, template: name },
    query: { mac: machine },
  })
  return (
    <>
      <Group justify="space-between">
        <Text size="sm" c="dimmed">
          {texts.previewSaved}
        </Text>
        <RevealButton image={image} name={name} machine={machine} />
      </Group>
      <Answered query={preview}>{(data) => <PreviewShown preview={data} machine={machine} />}</Answered>
    </>
  )
}

function UnsavedPreview({ image, name, machine, draft, problems }: Chosen) {
  const [still] = useDebouncedValue(draft, 500)
  const isFine = problems?.length === 0
  const check = useCall(
    'checkTemplate',
    { params: { name: image, template: name }, body: { template: bodyOf(still), mac: machine } },
    { enabled: isFine },
  )
  return (
    <>
      <Text size="sm" c="dimmed">
        {isFine ? texts.previewUnsaved : texts.previewLater}
      </Text>
      {isFine && (
        <Answered query={check}>
          {({ preview }) => preview && <PreviewShown preview={preview} machine={machine} />}
        </Answered>
      )}
    </>
  )
}
