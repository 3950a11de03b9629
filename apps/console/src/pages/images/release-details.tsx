import type { ImageDetail, Release } from '@bootcast/contract'
import { Button, Divider, Group, Stack, Text } from '@mantine/core'
import { IconDownload, IconTrash } from '@tabler/icons-react'
import { useState } from 'react'
import { useChange } from '../../calls.ts'
import { Confirm } from '../../parts/confirm.tsx'
import { CopyText } from '../../parts/copy-text.tsx'
import { NameShown } from '../../parts/name-shown.tsx'
import { useMay } from '../../session.ts'
import { imagesTexts, imageTexts as texts } from '../../texts/images.ts'
import { DifferencePart } from './difference.tsx'
import { TestsPart } from './tests.tsx'
import { VariantShown } from './variant.tsx'
import { type Use, usesOf } from './who-boots.ts'

type OfRelease = { readonly image: ImageDetail; readonly release: Release }

/** All that is known of a release. */
export function ReleaseDetails({ image, release }: OfRelease) {
  const { variants } = release
  return (
    <Stack mt="md">
      <Divider />
      <SignedPart release={release} />
      <DifferencePart image={image} release={release} />
      {variants.map((variant, index) => (
        <VariantShown
          // biome-ignore lint/suspicious/noArrayIndexKey: a release never changes.
          key={index}
          variant={variant}
          {...(variants.length > 1 && { place: index + 1 })}
        />
      ))}
      <TestsPart release={release} />
      <Group justify="space-between">
        <Button
          size="xs"
          variant="default"
          component="a"
          href={`/api/v1/images/${encodeURIComponent(image.name)}/releases/${release.number}/bundle`}
          leftSection={<IconDownload size={16} />}
        >
          {texts.download}
        </Button>
        <RemoveRelease image={image} release={release} />
      </Group>
    </Stack>
  )
}

/** Nothing where no signature was verified: that is no fault of a release. */
function SignedPart({ release: { signedBy } }: Pick<OfRelease, 'release'>) {
  if (signedBy === undefined) return undefined
  const { name, key } = signedBy
  return (
    <div>
      <Text size="xs" c="dimmed">
        {texts.signedBy}
      </Text>
      <Group gap="xs" wrap="nowrap">
        <Text size="sm" component="div" miw={0}>
          <NameShown>{name}</NameShown>
          <Text size="xs" ff="monospace" c="dimmed" className="name">
            {key}
          </Text>
        </Text>
        <CopyText text={key} what={texts.signerKey} />
      </Group>
      <Text size="xs" c="dimmed">
        {imagesTexts.signedAbout(name)}
      </Text>
    </div>
  )
}

function RemoveRelease({ image, release: { number } }: OfRelease) {
  const [opened, setOpened] = useState(false)
  const removing = useChange('removeRelease', {
    touches: ['showImage', 'listImages'],
    done: () => texts.removed(number),
    quiet: true,
  })
  const uses = usesOf(image, number)
  if (!useMay('images.publish')) return undefined
  if (uses.length > 0) return <Text size="sm">{texts.isUsed(uses.map(inWords))}</Text>
  return (
    <>
      <Button
        size="xs"
        variant="outline"
        color="red"
        leftSection={<IconTrash size={16} />}
        onClick={() => setOpened(true)}
        aria-label={texts.removeRelease(number)}
      >
        {texts.remove}
      </Button>
      <Confirm
        opened={opened}
        onClose={() => setOpened(false)}
        title={texts.removeRelease(number)}
        deed={texts.remove}
        isDangerous
        isBusy={removing.isPending}
        error={removing.error}
        onConfirm={() =>
          removing.mutate({ params: { name: image.name, number } }, { onSuccess: () => setOpened(false) })
        }
      >
        {texts.removeReleaseAbout}
      </Confirm>
    </>
  )
}

function inWords(use: Use): string {
  switch (use.kind) {
    case 'channel':
      return texts.usedByChannel(use.channel)
    case 'roll-back':
      return texts.usedByRollBack(use.channel)
    case 'followers':
      return texts.usedByFollowers
  }
}
