import type { Image } from '@bootcast/contract'
import { Anchor, Group, Table, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { NameShown } from '../../parts/name-shown.tsx'
import { TimeShown } from '../../parts/time-shown.tsx'
import { bytes } from '../../sizes.ts'
import { imagesTexts as texts } from '../../texts/images.ts'
import { architecturesOf, ChannelFacts, Checks, DefaultFact } from './badges.tsx'

type Images = { readonly images: readonly Image[] }

/** From tablets on; `ImageCards` says the same on a phone. */
export function ImageTable({ images }: Images) {
  return (
    <Table visibleFrom="sm" highlightOnHover verticalSpacing="sm">
      <Table.Thead>
        <Table.Tr className="numbers">
          <Table.Th>{texts.name}</Table.Th>
          <Table.Th>{texts.newest}</Table.Th>
          <Table.Th>{texts.channels}</Table.Th>
          <Table.Th visibleFrom="lg">{texts.architectures}</Table.Th>
          <Table.Th ta="right">{texts.size}</Table.Th>
          <Table.Th visibleFrom="md">{texts.usedBy}</Table.Th>
          <Table.Th visibleFrom="md">{texts.checks}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {images.map((image) => (
          <Row key={image.name} image={image} />
        ))}
      </Table.Tbody>
    </Table>
  )
}

function Row({ image }: { readonly image: Image }) {
  const { newest } = image
  return (
    <Table.Tr>
      <Table.Td>
        <Group gap="xs">
          <ImageLink name={image.name} />
          <DefaultFact image={image} />
        </Group>
      </Table.Td>
      <Table.Td>
        <Newest image={image} />
      </Table.Td>
      <Table.Td>
        <Channels image={image} />
      </Table.Td>
      <Table.Td visibleFrom="lg">{newest && architecturesOf(newest)}</Table.Td>
      <Table.Td ta="right" className="numbers">
        {newest && bytes(newest.size)}
      </Table.Td>
      <Table.Td visibleFrom="md" className="numbers">
        {usersOf(image)}
      </Table.Td>
      <Table.Td visibleFrom="md" miw={150}>
        {newest && <Checks release={newest} />}
      </Table.Td>
    </Table.Tr>
  )
}

export function ImageLink({ name }: Pick<Image, 'name'>) {
  return (
    <Anchor fw={600} renderRoot={(props) => <Link to="/images/$name" params={{ name }} {...props} />}>
      <NameShown>{name}</NameShown>
    </Anchor>
  )
}

export function Newest({ image: { newest } }: { readonly image: Image }) {
  if (newest === undefined) return <Text size="sm">{texts.noRelease}</Text>
  return (
    <span className="numbers">
      {texts.number(newest.number)}, <TimeShown at={newest.createdAt} />
    </span>
  )
}

export function Channels({ image: { channels } }: { readonly image: Image }) {
  return channels.length === 0 ? texts.noChannel : <ChannelFacts channels={channels} />
}

export const usersOf = ({ machines }: Image): string =>
  machines === 0 ? texts.nobody : texts.machines(machines)
