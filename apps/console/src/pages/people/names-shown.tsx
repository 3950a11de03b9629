import { Badge, Group, Text } from '@mantine/core'
import { NameShown } from '../../parts/name-shown.tsx'

type Shown = { readonly names: readonly string[]; readonly none: string }

/** More are counted: nobody reads them. */
const most = 12

/** Names beside each other, the first ones. */
export function NamesShown({ names, none }: Shown) {
  if (names.length === 0)
    return (
      <Text span size="sm" c="dimmed">
        {none}
      </Text>
    )
  return (
    <Group gap={4}>
      {names.slice(0, most).map((name) => (
        <Badge key={name} variant="default" size="md" tt="none" fw={500} maw="100%">
          <NameShown short>{name}</NameShown>
        </Badge>
      ))}
      {names.length > most && <Text size="sm">+{names.length - most}</Text>}
    </Group>
  )
}
