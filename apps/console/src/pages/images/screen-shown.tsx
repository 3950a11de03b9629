import { addressOf, type BootTestRecord, type Release } from '@bootcast/contract'
import { Anchor, Group, Modal, Stack, Text, UnstyledButton } from '@mantine/core'
import { IconArrowsMaximize } from '@tabler/icons-react'
import { useState } from 'react'
import { origin } from '../../client.ts'
import { screenTexts as texts } from '../../texts/boot-tests.ts'
import { commonTexts } from '../../texts/common.ts'
import { imagesTexts } from '../../texts/images.ts'

type OfRecord = { readonly release: Release; readonly record: BootTestRecord }

/** What the machine of a test showed at the end; small, and large when it is pressed. */
export function ScreenShown({ release: { image, number }, record }: OfRecord) {
  const [isLarge, setLarge] = useState(false)
  const [isBroken, setBroken] = useState(false)
  const { firmware, screen, testedAt } = record
  if (screen === undefined) return <Text size="sm">{texts.none}</Text>
  if (isBroken) return <Text size="sm">{texts.broken}</Text>
  const name = imagesTexts[firmware]
  // A later test has another picture at the same address.
  const address = addressOf('showTestScreen', origin, { params: { name: image, number, firmware } })
  address.searchParams.set('at', testedAt)
  const picture = { src: address.href, width: screen.width, height: screen.height }
  return (
    <Stack gap={4} align="flex-start">
      <div className="screen">
        <img
          {...picture}
          alt={texts.alt(name)}
          loading="lazy"
          decoding="async"
          onError={() => setBroken(true)}
        />
        <UnstyledButton aria-label={texts.enlarge(name)} onClick={() => setLarge(true)}>
          <IconArrowsMaximize size={26} aria-hidden />
        </UnstyledButton>
      </div>
      <Text size="xs" c="dimmed">
        {texts.about}
      </Text>
      <Modal
        opened={isLarge}
        onClose={() => setLarge(false)}
        size="auto"
        title={texts.title(`${image}@${number}`, name)}
        closeButtonProps={{ 'aria-label': commonTexts.close }}
      >
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: who has no mouse scrolls it, too. */}
        <section className="screen-box" tabIndex={0} aria-label={texts.picture}>
          <img {...picture} alt={texts.alt(name)} className="screen-large" />
        </section>
        <Group mt="xs" justify="space-between">
          <Text size="sm" c="dimmed">
            {texts.size(screen.width, screen.height)}
          </Text>
          <Anchor size="sm" href={address.href} target="_blank" rel="noreferrer">
            {texts.alone}
          </Anchor>
        </Group>
      </Modal>
    </Stack>
  )
}
