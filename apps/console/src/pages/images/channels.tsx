import type { Channel, ImageDetail } from '@bootcast/contract'
import { ActionIcon, Button, Group, Paper, SimpleGrid, Stack, Text, Title, Tooltip } from '@mantine/core'
import { IconArrowBackUp, IconTag, IconTrash } from '@tabler/icons-react'
import { useState } from 'react'
import { useChange } from '../../calls.ts'
import { Confirm } from '../../parts/confirm.tsx'
import { NameShown } from '../../parts/name-shown.tsx'
import { TimeShown } from '../../parts/time-shown.tsx'
import { useMay } from '../../session.ts'
import { imagesTexts, imageTexts as texts } from '../../texts/images.ts'
import { AfterMove, followersText } from './after-move.tsx'
import { MoveDialog } from './move-dialog.tsx'
import { followersOf, isNobody } from './who-boots.ts'

type OfImage = { readonly image: ImageDetail }
type OfChannel = OfImage & { readonly channel: Channel }

/** Where each channel points, who follows it, and the ways to move it. */
export function ChannelsPart({ image }: OfImage) {
  return (
    <section aria-labelledby="channels">
      <Title order={2} size="h4" id="channels">
        {texts.channelsTitle}
      </Title>
      <Text c="dimmed" size="sm" mb="xs">
        {image.channels.length === 0 ? texts.noChannels : texts.channelsAbout}
      </Text>
      <SimpleGrid cols={{ base: 1, md: 2, xl: 3 }} spacing="xs">
        {image.channels.map((channel) => (
          <ChannelCard key={channel.name} image={image} channel={channel} />
        ))}
      </SimpleGrid>
    </section>
  )
}

function ChannelCard({ image, channel }: OfChannel) {
  const { name, number, movedAt, movedBy } = channel
  const counts = followersOf(image, name)
  return (
    <Paper withBorder p="sm" role="group" aria-label={name}>
      <Stack gap={6} h="100%" justify="space-between">
        <Stack gap={2}>
          <Group justify="space-between" wrap="nowrap" align="baseline">
            <Group gap={6} wrap="nowrap" miw={0}>
              <IconTag size={16} color="var(--mantine-color-blue-6)" aria-hidden />
              <Text fw={600} component="div">
                <NameShown>{name}</NameShown>
              </Text>
            </Group>
            <Text fw={600} className="numbers">
              {imagesTexts.release(number)}
            </Text>
          </Group>
          <Text size="sm" component="div">
            {texts.moved} <TimeShown at={movedAt} /> {texts.by} <NameShown short>{movedBy}</NameShown>
          </Text>
          <Text size="sm">
            {texts.followedBy} {followersText(counts)}
          </Text>
        </Stack>
        <ChannelActions image={image} channel={channel} />
      </Stack>
    </Paper>
  )
}

function ChannelActions({ image, channel }: OfChannel) {
  const [shown, setShown] = useState<'move' | 'back' | 'remove'>()
  const mayPromote = useMay('images.promote')
  const mayRemove = useMay('images.publish') && isNobody(followersOf(image, channel.name))
  const close = () => setShown(undefined)
  if (!mayPromote) return undefined
  return (
    <Group gap="xs">
      {image.releases.length > 1 && (
        <Button
          size="xs"
          variant="default"
          onClick={() => setShown('move')}
          aria-label={texts.moveChannel(channel.name)}
        >
          {texts.move}
        </Button>
      )}
      {channel.previous !== undefined && (
        <Button
          size="xs"
          variant="default"
          leftSection={<IconArrowBackUp size={16} />}
          onClick={() => setShown('back')}
          aria-label={texts.rollBackName(channel.name, channel.previous)}
        >
          {texts.rollBack(channel.previous)}
        </Button>
      )}
      {mayRemove && (
        <Tooltip label={texts.removeChannel(channel.name)}>
          <ActionIcon
            variant="subtle"
            color="red"
            ml="auto"
            onClick={() => setShown('remove')}
            aria-label={texts.removeChannel(channel.name)}
          >
            <IconTrash size={18} />
          </ActionIcon>
        </Tooltip>
      )}
      <MoveDialog
        key={String(shown)}
        image={image}
        channel={channel.name}
        opened={shown === 'move'}
        onClose={close}
      />
      <RollBack image={image} channel={channel} opened={shown === 'back'} onClose={close} />
      <RemoveChannel image={image} channel={channel} opened={shown === 'remove'} onClose={close} />
    </Group>
  )
}

type Dialog = OfChannel & { readonly opened: boolean; readonly onClose: () => void }

function RollBack({ image, channel, opened, onClose }: Dialog) {
  const { name, previous } = channel
  const rollingBack = useChange('rollBackChannel', {
    touches: ['showImage', 'listImages'],
    done: ({ number }) => texts.movedTo(name, number),
    quiet: true,
  })
  if (previous === undefined) return undefined
  return (
    <Confirm
      opened={opened}
      onClose={onClose}
      title={texts.rollBackOf(name, previous)}
      deed={texts.rollBack(previous)}
      isBusy={rollingBack.isPending}
      error={rollingBack.error}
      onConfirm={() =>
        rollingBack.mutate({ params: { name: image.name, channel: name } }, { onSuccess: onClose })
      }
    >
      <AfterMove image={image} channel={name} to={previous} />
    </Confirm>
  )
}

function RemoveChannel({ image, channel, opened, onClose }: Dialog) {
  const removing = useChange('removeChannel', {
    touches: ['showImage', 'listImages'],
    done: () => texts.removedChannel(channel.name),
    quiet: true,
  })
  return (
    <Confirm
      opened={opened}
      onClose={onClose}
      title={texts.removeChannel(channel.name)}
      deed={texts.removeChannelDeed}
      isDangerous
      isBusy={removing.isPending}
      error={removing.error}
      onConfirm={() =>
        removing.mutate({ params: { name: image.name, channel: channel.name } }, { onSuccess: onClose })
      }
    >
      {texts.removeChannelAbout}
    </Confirm>
  )
}
