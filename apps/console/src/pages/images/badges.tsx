import type { Channel, Image, Release } from '@bootcast/contract'
import { Badge, Group, Tooltip } from '@mantine/core'
import { IconCheck, IconShieldCheck, IconStarFilled, IconTag, IconX } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { imagesTexts as texts } from '../../texts/images.ts'

type Shown = { readonly icon?: ReactNode; readonly about?: string; readonly children: string }

/** A small fact. Words in the colour of the text, so that they can be read; the sign before them has the colour. */
export function Fact({ icon, about, children }: Shown) {
  const badge = (
    <Badge variant="default" tt="none" fw={500} leftSection={icon} className="name">
      {children}
    </Badge>
  )
  return about === undefined ? (
    badge
  ) : (
    <Tooltip label={about} multiline maw={320} events={{ hover: true, focus: true, touch: true }}>
      {badge}
    </Tooltip>
  )
}

const good = <IconCheck size={14} color="var(--mantine-color-green-7)" aria-hidden />
const signed = <IconShieldCheck size={14} color="var(--mantine-color-green-7)" aria-hidden />
const bad = <IconX size={14} color="var(--mantine-color-red-6)" aria-hidden />

/** What is known of a release besides what it is. */
export function Checks({ release }: { readonly release: Release }) {
  const { tests = [], signedBy } = release
  return (
    <Group gap={4}>
      {signedBy && (
        <Fact icon={signed} about={texts.signedAbout(signedBy.name)}>
          {texts.signed}
        </Fact>
      )}
      {tests.length === 0 && <Fact>{texts.notTested}</Fact>}
      {tests.map(({ firmware, passed }) => (
        <Fact key={firmware} icon={passed ? good : bad}>
          {passed ? texts.booted(texts[firmware]) : texts.failedOn(texts[firmware])}
        </Fact>
      ))}
    </Group>
  )
}

export function ChannelFacts({ channels }: { readonly channels: readonly Channel[] }) {
  return (
    <Group gap={4}>
      {channels.map(({ name, number }) => (
        <Fact
          key={name}
          icon={<IconTag size={14} color="var(--mantine-color-blue-6)" aria-hidden />}
          about={texts.pointsTo(name, number)}
        >
          {`${name} ${texts.number(number)}`}
        </Fact>
      ))}
    </Group>
  )
}

export function DefaultFact({ image }: { readonly image: Image }) {
  if (!image.isDefault) return undefined
  const star = <IconStarFilled size={12} color="var(--mantine-color-yellow-6)" aria-hidden />
  return (
    <Fact icon={star} about={texts.defaultAbout}>
      {texts.default}
    </Fact>
  )
}

/** Of a release, each once. */
export const architecturesOf = ({ variants }: Release): string =>
  [...new Set(variants.map(({ architecture }) => architecture))].join(', ')
