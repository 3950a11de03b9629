import type { PendingUpload, Publication } from '@bootcast/contract'
import { Button, FileButton, Overlay, Stack, Text, Title } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { IconUpload } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useCall } from '../../../calls.ts'
import { useMay } from '../../../session.ts'
import { publishTexts as texts } from '../../../texts/publish.ts'
import { useDroppedFiles } from './drop-files.ts'
import { PublicationCard } from './publication-card.tsx'
import { PublishForm } from './publish-form.tsx'
import { goOn, remembered, runner, useSendings } from './runner.ts'
import { SendingCard } from './sending-card.tsx'
import { UnfinishedCard } from './unfinished-card.tsx'

type Panel = {
  /** Absent: of any image. */
  readonly image?: string
}

/** Publishes files that are dropped or chosen, and shows all that is being published by who looks. */
export function PublishPanel({ image }: Panel) {
  if (!useMay('images.publish')) return undefined
  return <Publishing {...(image !== undefined && { image })} />
}

const none: readonly PendingUpload[] = []

function Publishing({ image }: Panel) {
  const pending = useCall('listUploads', {}, { every: 10_000 })
  const publications = useCall('listPublications', {}, { every: 1_500 })
  const [chosen, setChosen] = useState<readonly File[]>([])
  useFinishing(pending.data?.items ?? none)
  useNewReleases(publications.data?.items)
  const take = (files: readonly File[]) => setChosen(goOn(files, pending.data?.items ?? none))
  const isOver = useDroppedFiles(({ files, hasFolder }) => {
    if (hasFolder) notifications.show({ message: texts.folder, color: 'orange', autoClose: 15_000 })
    else take(files)
  })
  return (
    <Stack gap="xs" mb="lg">
      <div>
        <FileButton onChange={take} multiple>
          {(props) => (
            <Button {...props} leftSection={<IconUpload size={18} />}>
              {texts.publish}
            </Button>
          )}
        </FileButton>
      </div>
      <Text size="sm" c="dimmed">
        {texts.hint}
      </Text>
      <Running
        pending={pending.data?.items ?? none}
        publications={publications.data?.items ?? []}
        {...(image !== undefined && { image })}
      />
      {isOver && (
        <Overlay fixed center backgroundOpacity={0.75} zIndex={500}>
          <Title order={2} c="white">
            {texts.dropHere}
          </Title>
        </Overlay>
      )}
      {chosen.length > 0 && (
        <PublishForm files={chosen} onClose={() => setChosen([])} {...(image !== undefined && { image })} />
      )}
    </Stack>
  )
}

type Lists = Panel & {
  readonly pending: readonly PendingUpload[]
  readonly publications: readonly Publication[]
}

function Running({ image, pending, publications }: Lists) {
  const sendings = useSendings()
  const isHere = (of: string | undefined) => image === undefined || of === image
  const sent = new Set(sendings.map(({ upload }) => upload))
  const begun = new Set(publications.map(({ input }) => input.upload))
  const unfinished = pending.filter(
    ({ id }) => !sent.has(id) && !begun.has(id) && isHere(remembered.find(id)?.plan.image),
  )
  const here = sendings.filter(({ plan }) => isHere(plan.image))
  const shown = publications.filter((publication) => isHere(publication.image))
  if (here.length + unfinished.length + shown.length === 0) return undefined
  return (
    <section aria-label={texts.title}>
      <Stack gap="xs">
        {here.map((sending) => (
          <SendingCard key={sending.id} sending={sending} />
        ))}
        {unfinished.map((upload) => (
          <UnfinishedCard key={upload.id} upload={upload} />
        ))}
        {shown.map((publication) => (
          <PublicationCard key={publication.id} publication={publication} />
        ))}
      </Stack>
    </section>
  )
}

/** All bytes of an upload were there when the page was loaded anew: it needs no file. */
function useFinishing(pending: readonly PendingUpload[]): void {
  useEffect(() => {
    for (const { id, offset, size } of pending) {
      const begun = remembered.find(id)
      const isRunning = runner.sendings.some(
        ({ upload, file }) => upload === id || (upload === undefined && file.name === begun?.file.name),
      )
      if (offset === size && begun !== undefined && !isRunning) runner.finish(id, begun.file, begun.plan)
    }
  }, [pending])
}

/** Lists of images are others when a publication is done. */
function useNewReleases(publications: readonly Publication[] | undefined): void {
  const queries = useQueryClient()
  const done = publications?.filter(({ state }) => state === 'done').length
  // biome-ignore lint/correctness/useExhaustiveDependencies: when it changes, not only once.
  useEffect(() => {
    for (const name of ['listImages', 'showImage']) void queries.invalidateQueries({ queryKey: [name] })
  }, [done])
}
