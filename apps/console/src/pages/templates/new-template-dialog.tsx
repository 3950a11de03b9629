import { templateFormatSchema, variableNameSchema } from '@bootcast/contract'
import { Button, Group, Modal, Select, Stack, TextInput } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { type SubmitEvent, useState } from 'react'
import { useCall } from '../../calls.ts'
import { commonTexts } from '../../texts/common.ts'
import { templateTexts as texts } from '../../texts/templates.ts'

type Opened = { readonly opened: boolean; readonly onClose: () => void }

/** Where a new template goes; it is kept when its text is saved. */
export function NewTemplateDialog({ opened, onClose }: Opened) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={texts.add}
      closeButtonProps={{ 'aria-label': commonTexts.close }}
    >
      <NewTemplateForm onClose={onClose} />
    </Modal>
  )
}

const formats = templateFormatSchema.options
/** What recipes call the place for it. */
const usualNames: Readonly<Partial<Record<string, string>>> = {
  'cloud-init': 'autoinstall',
  agama: 'profile',
  talos: 'config',
}

function NewTemplateForm({ onClose }: Pick<Opened, 'onClose'>) {
  const navigate = useNavigate()
  const images = useCall('listImages', { query: { limit: 500 } })
  const [image, setImage] = useState<string | null>(null)
  const [format, setFormat] = useState<(typeof formats)[number]>('preseed')
  const [ownName, setName] = useState<string>()
  const [isTried, setTried] = useState(false)
  const name = ownName ?? usualNames[format] ?? format
  const isName = variableNameSchema.safeParse(name).success
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    setTried(true)
    if (image === null || !isName) return
    void navigate({
      to: '/templates/$image/$template',
      params: { image, template: name },
      search: { format },
    })
  }
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <Select
          label={texts.image}
          description={texts.imageHint}
          data={(images.data?.items ?? []).map((one) => one.name)}
          value={image}
          onChange={setImage}
          searchable
          error={isTried && image === null && texts.imageWrong}
          data-autofocus
        />
        <Select
          label={texts.format}
          data={formats}
          value={format}
          onChange={(chosen) => setFormat(formats.find((one) => one === chosen) ?? format)}
          allowDeselect={false}
        />
        <TextInput
          label={texts.name}
          description={texts.nameHint}
          value={name}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
          error={isTried && !isName && texts.nameWrong}
          maxLength={32}
          autoComplete="off"
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {commonTexts.cancel}
          </Button>
          <Button type="submit">{texts.write}</Button>
        </Group>
      </Stack>
    </form>
  )
}
