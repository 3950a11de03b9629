import type { Site } from '@bootcast/contract'
import { Badge } from '@mantine/core'
import {
  IconAlertTriangle,
  IconCircleCheck,
  IconClock,
  IconPlugConnectedX,
  IconTrashX,
} from '@tabler/icons-react'
import { siteTexts as texts } from '../../texts/sites.ts'

const looks = {
  'waiting to join': { color: 'gray', Icon: IconClock },
  connected: { color: 'green', Icon: IconCircleCheck },
  away: { color: 'red', Icon: IconPlugConnectedX },
  revoked: { color: 'gray', Icon: IconTrashX },
} as const

/** How a site is, in a word; a sign beside the colour. `problems`: what somebody has to do something about. */
export function SiteBadge({ state, problems }: { readonly state: Site['state']; readonly problems: number }) {
  const isTroubled = state === 'connected' && problems > 0
  const { color, Icon } = isTroubled ? { color: 'orange', Icon: IconAlertTriangle } : looks[state]
  return (
    <Badge
      miw="max-content"
      variant="default"
      tt="none"
      size="lg"
      fw={500}
      leftSection={<Icon size={16} color={`var(--mantine-color-${color}-6)`} />}
    >
      {isTroubled ? texts.problems(problems) : texts.states[state]}
    </Badge>
  )
}
