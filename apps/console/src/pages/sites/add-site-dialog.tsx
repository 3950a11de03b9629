import { type Site, type SiteJoin, siteNameSchema } from '@bootcast/contract'
import { Button, Group, Modal, Select, Stack, TextInput } from '@mantine/core'
import { type SubmitEvent, useState } from 'react'
import { useChange, useList } from '../../calls.ts'
import { Failure } from '../../parts/states.tsx'
import { commonTexts } from '../../texts/common.ts'
import { siteTexts as texts } from '../../texts/sites.ts'
import { ImagesInput } from './images-input.tsx'
import { JoinShown } from './join-shown.tsx'

type Opened = { readonly opened: boolean; readonly onClose: () => void }

/** Names a site; ends with what lets it join. */
export function AddSiteDialog({ opened, onClose }: Opened) {
  const [join, setJoin] = useState<SiteJoin>()
  const close = () => {
    setJoin(undefined)
    onClose()
  }
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={join === undefined ? texts.add : texts.joinTitle(join.site.name)}
      size="lg"
      closeButtonProps={{ 'aria-label': commonTexts.close }}
      // What is shown only once does not go by a slip of the hand.
      closeOnClickOutside={join === undefined}
      closeOnEscape={join === undefined}
    >
      {join === undefined ? (
        <SiteForm onAdded={setJoin} onClose={close} />
      ) : (
        <JoinShown join={join} onDone={close} />
      )}
    </Modal>
  )
}

const platform = ''

function SiteForm({
  onAdded,
  onClose,
}: {
  readonly onAdded: (join: SiteJoin) => void
  readonly onClose: () => void
}) {
  const [name, setName] = useState('')
  const [images, setImages] = useState<Site['images']>('all')
  const [via, setVia] = useState(platform)
  const [isTried, setTried] = useState(false)
  const sites = useList('listSites', { query: {} })
  const adding = useChange('addSite', { touches: ['listSites'], quiet: true })
  const isName = siteNameSchema.safeParse(name).success
  const hasImages = images === 'all' || images.length > 0
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    setTried(true)
    if (!isName || !hasImages) return
    adding.mutate({ body: { name, images, ...(via !== platform && { via }) } }, { onSuccess: onAdded })
  }
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <TextInput
          label={texts.newName}
          description={texts.newNameHint}
          value={name}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
          error={isTried && !isName && texts.newNameWrong}
          maxLength={63}
          autoComplete="off"
          data-autofocus
        />
        <ImagesInput
          value={images}
          onChange={setImages}
          error={isTried && !hasImages ? texts.chooseImages : undefined}
        />
        <Select
          label={texts.via}
          value={via}
          onChange={(chosen) => setVia(chosen ?? platform)}
          data={[{ value: platform, label: texts.viaPlatform }, ...namesOf(sites.items ?? [])]}
          allowDeselect={false}
        />
        {adding.error && <Failure error={adding.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {commonTexts.cancel}
          </Button>
          <Button type="submit" loading={adding.isPending}>
            {texts.addDeed}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

const namesOf = (sites: readonly Site[]) =>
  sites.filter(({ state }) => state !== 'revoked').map(({ name }) => ({ value: name, label: name }))
