import { imageReferenceSchema, type Site } from '@bootcast/contract'
import { Autocomplete, Button, Group, Modal, Stack, Text } from '@mantine/core'
import { type SubmitEvent, useState } from 'react'
import { useCall, useChange } from '../../calls.ts'
import { Failure } from '../../parts/states.tsx'
import { commonTexts } from '../../texts/common.ts'
import { siteTexts as texts } from '../../texts/sites.ts'

type Asked = {
  /** `warm`: fetched once. `pin`: fetched now and later, and never given up. */
  readonly kind: 'warm' | 'pin'
  readonly site: Site
  readonly opened: boolean
  readonly onClose: () => void
}

const words = {
  warm: { title: texts.warmTitle, about: texts.warmAbout, deed: texts.warmDeed },
  pin: { title: texts.pinTitle, about: texts.pinAbout, deed: texts.pinDeed },
} as const

/** Lets a site fetch an image. */
export function OrderDialog({ kind, site, opened, onClose }: Asked) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={words[kind].title}
      closeButtonProps={{ 'aria-label': commonTexts.close }}
    >
      <OrderForm kind={kind} site={site} onClose={onClose} />
    </Modal>
  )
}

function OrderForm({ kind, site, onClose }: Omit<Asked, 'opened'>) {
  const [reference, setReference] = useState('')
  const [isTried, setTried] = useState(false)
  const warming = useChange('warmSite', {
    touches: ['showSite'],
    quiet: true,
    done: ({ release }) => texts.warmed(release),
  })
  const pinning = useChange('changeSite', { touches: ['showSite', 'listSites'], quiet: true })
  const known = useReferences(site)
  const isRight = imageReferenceSchema.safeParse(reference).success
  const { error, isPending } = kind === 'warm' ? warming : pinning
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    setTried(true)
    if (!isRight) return
    const params = { name: site.name }
    if (kind === 'warm') warming.mutate({ params, body: { reference } }, { onSuccess: onClose })
    else pinning.mutate({ params, body: { pin: [reference] } }, { onSuccess: onClose })
  }
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <Text size="sm">{words[kind].about}</Text>
        <Autocomplete
          label={texts.reference}
          description={texts.referenceHint}
          data={[...known]}
          value={reference}
          onChange={(text) => setReference(text.trim())}
          error={isTried && !isRight && texts.referenceWrong}
          maxLength={128}
          limit={50}
          data-autofocus
        />
        {error && <Failure error={error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {commonTexts.cancel}
          </Button>
          <Button type="submit" loading={isPending}>
            {words[kind].deed}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

/** What can be asked for of the images that the site may have. */
function useReferences({ images }: Site): ReadonlySet<string> {
  const { data } = useCall('listImages', { query: { limit: 500 } })
  const may = (data?.items ?? []).filter(({ name }) => images === 'all' || images.includes(name))
  return new Set(
    may.flatMap(({ name, channels }) => [name, ...channels.map((channel) => `${name}@${channel.name}`)]),
  )
}
