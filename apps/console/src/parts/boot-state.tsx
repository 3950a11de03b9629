import type { BootState } from '@bootcast/contract'
import { Group, Text } from '@mantine/core'
import {
  type Icon,
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleDashedCheck,
  IconHelpCircle,
  IconHourglass,
  IconLoader2,
} from '@tabler/icons-react'
import { bootStateMeanings, bootStateTexts } from '../texts/boots.ts'

const looks: Readonly<Record<BootState, readonly [Icon, string]>> = {
  booting: [IconLoader2, 'blue'],
  waiting: [IconHourglass, 'yellow'],
  started: [IconCircleDashedCheck, 'teal'],
  done: [IconCircleCheck, 'green'],
  failed: [IconAlertTriangle, 'red'],
  abandoned: [IconHelpCircle, 'gray'],
}

/** How a boot is, by a sign and a word; the colour alone says nothing. */
export function BootStateShown({ state }: { readonly state: BootState }) {
  const [Icon, color] = looks[state]
  return (
    <Group component="span" gap={6} wrap="nowrap" title={bootStateMeanings[state]} display="inline-flex">
      <Icon size={18} stroke={2} color={`var(--mantine-color-${color}-6)`} aria-hidden />
      <Text span size="sm" fw={state === 'failed' ? 700 : 400}>
        {bootStateTexts[state]}
      </Text>
    </Group>
  )
}
