import type { ImageDetail } from '@bootcast/contract'
import { ActionIcon, Menu, NumberInput, Radio, Stack, Text } from '@mantine/core'
import { IconDots, IconStack2, IconTrash } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useChange } from '../../calls.ts'
import { Confirm } from '../../parts/confirm.tsx'
import { useMay } from '../../session.ts'
import { imageTexts as texts } from '../../texts/images.ts'

type OfImage = { readonly image: ImageDetail }

/** What is seldom done with an image. */
export function ImageMenu({ image }: OfImage) {
  const [shown, setShown] = useState<'keep' | 'remove'>()
  const close = () => setShown(undefined)
  if (!useMay('images.publish')) return undefined
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="default" size="lg" aria-label={texts.more}>
            <IconDots size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconStack2 size={18} />} onClick={() => setShown('keep')}>
            {texts.keep}
          </Menu.Item>
          <Menu.Item color="red" leftSection={<IconTrash size={18} />} onClick={() => setShown('remove')}>
            {texts.removeImage}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <KeepDialog key={String(shown)} image={image} opened={shown === 'keep'} onClose={close} />
      <RemoveDialog image={image} opened={shown === 'remove'} onClose={close} />
    </>
  )
}

type Dialog = OfImage & { readonly opened: boolean; readonly onClose: () => void }

function KeepDialog({ image, opened, onClose }: Dialog) {
  const [all, setAll] = useState(image.keep === undefined)
  const [count, setCount] = useState(image.keep ?? 5)
  const keeping = useChange('changeImage', {
    touches: ['showImage', 'listImages'],
    done: ({ keep }) => texts.keepSaid(keep),
    quiet: true,
  })
  const save = () =>
    keeping.mutate(
      { params: { name: image.name }, body: { keep: all ? null : count } },
      { onSuccess: onClose },
    )
  return (
    <Confirm
      opened={opened}
      onClose={onClose}
      title={texts.keepTitle}
      deed={texts.keepDeed}
      isBusy={keeping.isPending}
      error={keeping.error}
      onConfirm={save}
    >
      <Stack gap="sm">
        <Radio.Group
          value={all ? 'all' : 'some'}
          onChange={(value) => setAll(value === 'all')}
          aria-label={texts.keepTitle}
        >
          <Stack gap="xs">
            <Radio value="all" label={texts.keepAll} />
            <Radio value="some" label={texts.keepSome} />
          </Stack>
        </Radio.Group>
        <NumberInput
          label={texts.keepCount}
          value={count}
          onChange={(value) => setCount(Number(value) || 1)}
          min={1}
          max={1_000_000}
          allowDecimal={false}
          disabled={all}
        />
        <Text size="sm">{texts.keepAbout}</Text>
      </Stack>
    </Confirm>
  )
}

function RemoveDialog({ image, opened, onClose }: Dialog) {
  const navigate = useNavigate()
  const removing = useChange('removeImage', {
    touches: ['listImages'],
    done: () => texts.imageRemoved(image.name),
    quiet: true,
  })
  return (
    <Confirm
      opened={opened}
      onClose={onClose}
      title={texts.removeImageTitle(image.name)}
      deed={texts.removeImageDeed}
      isDangerous
      isBusy={removing.isPending}
      error={removing.error}
      onConfirm={() =>
        removing.mutate(
          { params: { name: image.name } },
          { onSuccess: () => void navigate({ to: '/images' }) },
        )
      }
    >
      <Text mb="xs">{texts.removeImageAbout(image.releases.length)}</Text>
      <Text>{texts.imageUsed}</Text>
    </Confirm>
  )
}
