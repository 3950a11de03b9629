import type { ImageDetail } from '@bootcast/contract'
import { List, Stack, Text } from '@mantine/core'
import { imageTexts as texts } from '../../texts/images.ts'
import { bootedBefore, type Counts, followersOf, isNobody } from './who-boots.ts'

type Move = { readonly image: ImageDetail; readonly channel: string; readonly to: number }

/** What machines boot after a channel has moved, and what does not happen. */
export function AfterMove({ image, channel, to }: Move) {
  const before = bootedBefore(image, channel)
  const counts = followersOf(image, channel)
  if (before === to && image.channels.some(({ name }) => name === channel))
    return <Text>{texts.isThere(channel, to)}</Text>
  return (
    <Stack gap="xs">
      {isNobody(counts) ? (
        <Text>{texts.nobodyAfter}</Text>
      ) : (
        <div>
          <Text>{texts.after(to, before)}</Text>
          <List mt={4}>
            {whoAre(counts).map((who) => (
              <List.Item key={who}>{who}</List.Item>
            ))}
          </List>
        </div>
      )}
      <Text>{texts.running}</Text>
      {before !== undefined && before !== to && image.channels.some(({ name }) => name === channel) && (
        <Text>{texts.undo(channel, before)}</Text>
      )}
    </Stack>
  )
}

function whoAre({ machines, nextBoots, openings, isDefault }: Counts): readonly string[] {
  return [
    ...(machines > 0 ? [texts.assigned(machines)] : []),
    ...(nextBoots > 0 ? [texts.once(nextBoots)] : []),
    ...(openings > 0 ? [texts.openings(openings)] : []),
    ...(isDefault ? [texts.everyOther] : []),
  ]
}

/** In a few words, for a table. */
export function followersText(counts: Counts): string {
  const { machines, nextBoots, openings, isDefault } = counts
  if (isNobody(counts)) return texts.nobody
  return [
    ...(isDefault ? [texts.shortDefault] : []),
    ...(machines > 0 ? [texts.shortAssigned(machines)] : []),
    ...(nextBoots > 0 ? [texts.shortOnce(nextBoots)] : []),
    ...(openings > 0 ? [texts.openings(openings)] : []),
  ].join(', ')
}
