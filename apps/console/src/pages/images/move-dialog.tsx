import { channelNameSchema, type ImageDetail } from '@bootcast/contract'
import { Autocomplete, Select, Stack } from '@mantine/core'
import { useState } from 'react'
import { useChange } from '../../calls.ts'
import { Confirm } from '../../parts/confirm.tsx'
import { imagesTexts, imageTexts as texts } from '../../texts/images.ts'
import { AfterMove } from './after-move.tsx'
import { usualChannel } from './who-boots.ts'

type Dialog = {
  readonly image: ImageDetail
  /** One of the two is given, the other is chosen. */
  readonly channel?: string
  readonly release?: number
  readonly opened: boolean
  readonly onClose: () => void
}

/** Points a channel to a release, after it has said who boots it then. */
export function MoveDialog({ image, channel: given, release, opened, onClose }: Dialog) {
  const newest = image.newest?.number ?? 1
  const [number, setNumber] = useState(release ?? newest)
  const [channel, setChannel] = useState(given ?? usualChannel)
  const [wrong, setWrong] = useState<string>()
  const moving = useChange('moveChannel', {
    touches: ['showImage', 'listImages'],
    done: (moved) => texts.movedTo(moved.name, moved.number),
    quiet: true,
  })
  const move = () => {
    const found = channelNameSchema.safeParse(channel)
    setWrong(found.error?.issues[0]?.message)
    if (found.success)
      moving.mutate({ params: { name: image.name, channel }, body: { number } }, { onSuccess: onClose })
  }
  return (
    <Confirm
      opened={opened}
      onClose={onClose}
      title={given === undefined ? texts.promoteRelease(number) : texts.moveChannel(given)}
      deed={texts.promoteDeed(channel, number)}
      isBusy={moving.isPending}
      error={moving.error}
      onConfirm={move}
    >
      <Stack>
        {given === undefined ? (
          <Autocomplete
            label={texts.whichChannel}
            description={texts.channelHelp}
            value={channel}
            onChange={setChannel}
            data={[...new Set([usualChannel, ...image.channels.map(({ name }) => name)])]}
            error={wrong}
            maxLength={32}
          />
        ) : (
          <Select
            label={texts.whichRelease}
            value={String(number)}
            onChange={(value) => value !== null && setNumber(Number(value))}
            data={image.releases.map((each) => ({
              value: String(each.number),
              label: imagesTexts.release(each.number),
            }))}
            allowDeselect={false}
            searchable={image.releases.length > 10}
          />
        )}
        <AfterMove image={image} channel={channel} to={number} />
      </Stack>
    </Confirm>
  )
}
