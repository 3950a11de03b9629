import type { Site } from '@bootcast/contract'
import { MultiSelect, Radio, Stack } from '@mantine/core'
import { useCall } from '../../calls.ts'
import { siteTexts as texts } from '../../texts/sites.ts'

type Images = Site['images']

/** Which images a site may have and offer. */
export function ImagesInput({
  value,
  onChange,
  error,
}: {
  readonly value: Images
  readonly onChange: (images: Images) => void
  readonly error: string | undefined
}) {
  const images = useCall('listImages', { query: { limit: 500 } })
  const chosen = value === 'all' ? [] : value
  const names = new Set([...(images.data?.items ?? []).map(({ name }) => name), ...chosen])
  return (
    <Radio.Group
      label={texts.imagesLabel}
      value={value === 'all' ? 'all' : 'these'}
      onChange={(kind) => onChange(kind === 'all' ? 'all' : [])}
    >
      <Stack gap="xs" mt="xs">
        <Radio value="all" label={texts.allImages} />
        <Radio value="these" label={texts.theseImages} />
        {value !== 'all' && (
          <MultiSelect
            aria-label={texts.theseImages}
            data={[...names]}
            value={value}
            onChange={onChange}
            searchable
            nothingFoundMessage={texts.noMatch}
            error={error}
            comboboxProps={{ withinPortal: true }}
          />
        )}
      </Stack>
    </Radio.Group>
  )
}
