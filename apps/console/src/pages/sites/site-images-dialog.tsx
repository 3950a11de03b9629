import type { Site } from '@bootcast/contract'
import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { type SubmitEvent, useState } from 'react'
import { useChange } from '../../calls.ts'
import { Failure } from '../../parts/states.tsx'
import { commonTexts } from '../../texts/common.ts'
import { siteTexts as texts } from '../../texts/sites.ts'
import { ImagesInput } from './images-input.tsx'

type Asked = { readonly site: Site; readonly opened: boolean; readonly onClose: () => void }

export function SiteImagesDialog({ site, opened, onClose }: Asked) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={texts.groups.images}
      closeButtonProps={{ 'aria-label': commonTexts.close }}
    >
      <ImagesForm site={site} onClose={onClose} />
    </Modal>
  )
}

function ImagesForm({ site, onClose }: Omit<Asked, 'opened'>) {
  const [images, setImages] = useState(site.images)
  const [isTried, setTried] = useState(false)
  const changing = useChange('changeSite', { touches: ['showSite', 'listSites'], quiet: true })
  const isRight = images === 'all' || images.length > 0
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    setTried(true)
    if (isRight) changing.mutate({ params: { name: site.name }, body: { images } }, { onSuccess: onClose })
  }
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <ImagesInput
          value={images}
          onChange={setImages}
          error={isTried && !isRight ? texts.chooseImages : undefined}
        />
        <Text size="sm" c="dimmed">
          {texts.imagesChanged}
        </Text>
        {changing.error && <Failure error={changing.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {commonTexts.cancel}
          </Button>
          <Button type="submit" loading={changing.isPending}>
            {texts.save}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
