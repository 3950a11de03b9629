import type { ImageDetail, Release } from '@bootcast/contract'
import { Button, Center, Group, Paper, Stack, Text, Title, UnstyledButton } from '@mantine/core'
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react'
import { getRouteApi } from '@tanstack/react-router'
import { useState } from 'react'
import { NameShown } from '../../parts/name-shown.tsx'
import { TimeShown } from '../../parts/time-shown.tsx'
import { useMay } from '../../session.ts'
import { bytes } from '../../sizes.ts'
import { commonTexts } from '../../texts/common.ts'
import { imagesTexts, imageTexts as texts } from '../../texts/images.ts'
import { architecturesOf, ChannelFacts, Checks } from './badges.tsx'
import { DifferenceLine } from './difference.tsx'
import { MoveDialog } from './move-dialog.tsx'
import { ReleaseDetails } from './release-details.tsx'

const route = getRouteApi('/images/$name')

/** So many are shown at first, and more each time one asks. */
const atOnce = 20

type OfImage = { readonly image: ImageDetail }
type OfRelease = OfImage & { readonly release: Release }

export function ReleasesPart({ image }: OfImage) {
  const { release: chosen } = route.useSearch()
  const place = image.releases.findIndex(({ number }) => number === chosen)
  const [count, setCount] = useState(Math.max(atOnce, place + 1))
  return (
    <section aria-labelledby="releases">
      <Title order={2} size="h4" id="releases" mb="xs">
        {texts.releasesTitle}
      </Title>
      <Stack gap="xs">
        {image.releases.slice(0, count).map((release) => (
          <ReleaseCard
            key={release.number}
            image={image}
            release={release}
            isOpen={release.number === chosen}
          />
        ))}
      </Stack>
      {image.releases.length > count && (
        <Center mt="md">
          <Button variant="default" onClick={() => setCount(count + atOnce)}>
            {commonTexts.more}
          </Button>
        </Center>
      )}
    </section>
  )
}

function ReleaseCard({ image, release, isOpen }: OfRelease & { readonly isOpen: boolean }) {
  const navigate = route.useNavigate()
  const toggle = () =>
    void navigate({
      search: isOpen ? {} : { release: release.number },
      replace: true,
      resetScroll: false,
    })
  const details = `release-${release.number}`
  const Chevron = isOpen ? IconChevronDown : IconChevronRight
  return (
    <Paper withBorder p="sm">
      <Group justify="space-between" align="flex-start" gap="xs">
        <UnstyledButton
          onClick={toggle}
          aria-expanded={isOpen}
          aria-controls={details}
          flex="1 1 14rem"
          miw={0}
        >
          <Group gap={6} wrap="nowrap" align="flex-start">
            <Chevron size={20} aria-hidden />
            <Summary release={release} />
          </Group>
        </UnstyledButton>
        <Facts image={image} release={release} />
        <Promote image={image} release={release} />
      </Group>
      <div id={details}>{isOpen && <ReleaseDetails image={image} release={release} />}</div>
    </Paper>
  )
}

function Summary({ release }: { readonly release: Release }) {
  const { number, size, createdAt, createdBy } = release
  return (
    <div>
      <Text fw={600}>{imagesTexts.release(number)}</Text>
      <Text size="sm" component="div">
        <TimeShown at={createdAt} /> {texts.by} <NameShown short>{createdBy}</NameShown>
      </Text>
      <Text size="sm">{`${bytes(size)}, ${architecturesOf(release)}`}</Text>
    </div>
  )
}

function Facts({ image, release }: OfRelease) {
  const channels = image.channels.filter(({ number }) => number === release.number)
  return (
    <Stack gap={4} flex="1 1 12rem" miw={0}>
      <ChannelFacts channels={channels} />
      <Checks release={release} />
      <DifferenceLine image={image} release={release} />
    </Stack>
  )
}

function Promote({ image, release }: OfRelease) {
  const [opened, setOpened] = useState(false)
  if (!useMay('images.promote')) return undefined
  return (
    <>
      <Button
        size="xs"
        variant="default"
        onClick={() => setOpened(true)}
        aria-label={texts.promoteRelease(release.number)}
      >
        {texts.promote}
      </Button>
      <MoveDialog
        key={String(opened)}
        image={image}
        release={release.number}
        opened={opened}
        onClose={() => setOpened(false)}
      />
    </>
  )
}
