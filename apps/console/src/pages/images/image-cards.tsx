import type { Image } from '@bootcast/contract'
import { Group, Paper, Stack, Text } from '@mantine/core'
import { bytes } from '../../sizes.ts'
import { architecturesOf, Checks, DefaultFact } from './badges.tsx'
import { Channels, ImageLink, Newest, usersOf } from './image-table.tsx'

/** On a phone; what `ImageTable` says elsewhere. */
export function ImageCards({ images }: { readonly images: readonly Image[] }) {
  return (
    <Stack hiddenFrom="sm" gap="xs">
      {images.map((image) => (
        <Card key={image.name} image={image} />
      ))}
    </Stack>
  )
}

function Card({ image }: { readonly image: Image }) {
  const { newest } = image
  return (
    <Paper withBorder p="sm">
      <Stack gap={6}>
        <Group justify="space-between" wrap="nowrap" align="flex-start">
          <ImageLink name={image.name} />
          <DefaultFact image={image} />
        </Group>
        <Group gap="sm">
          <Newest image={image} />
          {newest && <Text size="sm">{`${bytes(newest.size)}, ${architecturesOf(newest)}`}</Text>}
        </Group>
        <Channels image={image} />
        {newest && <Checks release={newest} />}
        <Text size="sm">{usersOf(image)}</Text>
      </Stack>
    </Paper>
  )
}
