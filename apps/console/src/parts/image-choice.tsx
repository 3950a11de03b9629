import { Select, SimpleGrid } from '@mantine/core'
import { useCall } from '../calls.ts'
import { partsOf, referenceOf, usualOf } from '../references.ts'
import { imageChoiceTexts as texts } from '../texts/image-choice.ts'

type Chosen = {
  /** As in `demo@testing`; empty: nothing yet. */
  readonly value: string
  readonly onChange: (reference: string) => void
  readonly error?: string | undefined
  /** It has the focus when its dialog opens. */
  readonly isFirst?: boolean
}

/** More than an image has in its channels is chosen by few: the newest of its releases. */
const mostReleases = 50

/** An image, and which channel or release of it. */
export function ImageChoice({ value, onChange, error, isFirst }: Chosen) {
  const images = useCall('listImages', { query: { limit: 500 } })
  const { image, follows } = partsOf(value)
  const chosen = useCall('showImage', { params: { name: image } }, { enabled: image !== '' })
  const found = images.data?.items.find(({ name }) => name === image)
  const channels = chosen.data?.channels ?? found?.channels ?? []
  const releases = chosen.data?.releases ?? []
  const choose = (name: string | null) => {
    const usual = usualOf(images.data?.items.find((one) => one.name === name) ?? { channels: [] })
    onChange(name === null ? '' : referenceOf(name, usual ?? 'stable'))
  }
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }}>
      <Select
        label={texts.image}
        placeholder={texts.choose}
        required
        searchable
        selectFirstOptionOnChange
        limit={100}
        nothingFoundMessage={images.data?.items.length === 0 ? texts.noImages : texts.none}
        data={images.data?.items.map(({ name }) => name) ?? []}
        value={image === '' ? null : image}
        onChange={choose}
        error={error ?? images.error?.message}
        {...(isFirst && image === '' && { 'data-autofocus': true })}
      />
      <Select
        label={texts.follows}
        disabled={image === ''}
        allowDeselect={false}
        data={[
          {
            group: texts.channels,
            items: channels.map(({ name, number }) => ({ value: name, label: texts.channel(name, number) })),
          },
          {
            group: texts.releases,
            items: releases
              .slice(0, mostReleases)
              .map(({ number }) => ({ value: String(number), label: texts.release(number) })),
          },
        ].filter(({ items }) => items.length > 0)}
        value={image === '' ? null : follows}
        onChange={(next) => next !== null && onChange(referenceOf(image, next))}
      />
    </SimpleGrid>
  )
}
