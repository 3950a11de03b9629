import { channelNameSchema, imageNameSchema, suggestedImageName } from '@bootcast/contract'
import { Button, Collapse, Group, Modal, Stack, Text, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { NameShown } from '../../../parts/name-shown.tsx'
import { bytes } from '../../../sizes.ts'
import { commonTexts } from '../../../texts/common.ts'
import { publishTexts as texts } from '../../../texts/publish.ts'
import { runner } from './runner.ts'

type Form = {
  readonly files: readonly File[]
  /** Whose release it shall be; absent: made of the name of the file. */
  readonly image?: string
  readonly onClose: () => void
}

/** What shall become of files, before anything is sent. */
export function PublishForm({ files, image, onClose }: Form) {
  const isOne = files.length === 1
  const [names, setNames] = useState(() =>
    files.map(({ name }) => (isOne && image !== undefined ? image : suggestedImageName(name))),
  )
  const [channel, setChannel] = useState('stable')
  const [more, setMore] = useState({ recipe: '', cmdline: '' })
  const [isTried, setTried] = useState(false)
  const wrongNames = names.map((name, index) => wrongWith(name, names.indexOf(name) !== index))
  const wrongChannel = channel === '' ? undefined : messageOf(channelNameSchema.safeParse(channel))
  const publish = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (wrongChannel !== undefined || wrongNames.some((wrong) => wrong !== undefined)) return
    const { recipe, cmdline } = more
    const plan = {
      channel: channel === '' ? null : channel,
      ...(recipe !== '' && { recipe }),
      ...(cmdline !== '' && { cmdline }),
    }
    for (const [index, file] of files.entries()) runner.start(file, { ...plan, image: names[index] ?? '' })
    onClose()
  }
  return (
    <Modal
      opened
      onClose={onClose}
      title={texts.formTitle(files.length)}
      closeButtonProps={{ 'aria-label': commonTexts.close }}
    >
      <form onSubmit={publish} noValidate>
        <Stack>
          {files.map((file, index) => (
            <FileField
              // biome-ignore lint/suspicious/noArrayIndexKey: the files do not change while the form is shown.
              key={index}
              file={file}
              name={names[index] ?? ''}
              error={isTried ? wrongNames[index] : undefined}
              onName={(name) => setNames(names.with(index, name))}
            />
          ))}
          <TextInput
            label={texts.channel}
            description={texts.channelHelp}
            value={channel}
            onChange={({ currentTarget }) => setChannel(currentTarget.value)}
            error={isTried ? wrongChannel : undefined}
            maxLength={32}
          />
          <MoreFields more={more} onMore={setMore} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {commonTexts.cancel}
            </Button>
            <Button type="submit">{texts.deed(files.length)}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

const messageOf = (checked: ReturnType<typeof imageNameSchema.safeParse>): string | undefined =>
  checked.error?.issues[0]?.message

const wrongWith = (name: string, isTaken: boolean): string | undefined =>
  messageOf(imageNameSchema.safeParse(name)) ?? (isTaken ? texts.sameImage : undefined)

type Field = {
  readonly file: File
  readonly name: string
  readonly error: string | undefined
  readonly onName: (name: string) => void
}

function FileField({ file, name, error, onName }: Field) {
  return (
    <div>
      <Text size="sm" component="div">
        <NameShown>{file.name}</NameShown>, <span className="numbers">{bytes(file.size)}</span>
      </Text>
      <TextInput
        label={texts.image}
        description={texts.imageHelp}
        value={name}
        onChange={({ currentTarget }) => onName(currentTarget.value)}
        error={error}
        maxLength={63}
        data-autofocus
      />
    </div>
  )
}

type More = { readonly recipe: string; readonly cmdline: string }

function MoreFields({ more, onMore }: { readonly more: More; readonly onMore: (more: More) => void }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <div>
      <Button size="compact-sm" variant="default" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {texts.more}
      </Button>
      <Collapse expanded={isOpen}>
        <Stack mt="sm">
          <TextInput
            label={texts.cmdline}
            description={texts.cmdlineHelp}
            value={more.cmdline}
            onChange={({ currentTarget }) => onMore({ ...more, cmdline: currentTarget.value })}
            maxLength={2000}
          />
          <TextInput
            label={texts.recipe}
            description={texts.recipeHelp}
            value={more.recipe}
            onChange={({ currentTarget }) => onMore({ ...more, recipe: currentTarget.value })}
            maxLength={64}
          />
        </Stack>
      </Collapse>
    </div>
  )
}
