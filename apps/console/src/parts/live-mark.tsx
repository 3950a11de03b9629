import { Group, Text } from '@mantine/core'
import { IconCircleFilled, IconPlugConnectedX } from '@tabler/icons-react'
import { useConnection } from '../live/use-boots.ts'
import { commonTexts as texts } from '../texts/common.ts'
import { shortTime } from '../times.ts'
import { useNow } from './time-shown.tsx'

/** Whether what is shown is of now; else of when it is. */
export function LiveMark() {
  const connection = useConnection()
  const now = useNow(5_000)
  if (connection.state === 'live') return <Mark icon="live">{texts.live}</Mark>
  if (connection.state === 'connecting') return <Mark icon="none">{texts.connecting}</Mark>
  const since = connection.state === 'lost' ? shortTime(connection.since, now) : texts.unknown
  return <Mark icon="lost">{texts.notLive(since)}</Mark>
}

const icons = {
  live: <IconCircleFilled size={10} color="var(--mantine-color-green-6)" aria-hidden />,
  lost: <IconPlugConnectedX size={16} color="var(--mantine-color-orange-6)" aria-hidden />,
  none: undefined,
} as const

function Mark({ icon, children }: { readonly icon: keyof typeof icons; readonly children: string }) {
  return (
    <Group gap={6} wrap="nowrap" role="status">
      {icons[icon]}
      <Text size="sm">{children}</Text>
    </Group>
  )
}

/** Time goes on only while what is shown is of now: nothing counts up that nobody has heard of. */
export function useLiveNow(every?: number): Date {
  const now = useNow(every)
  const connection = useConnection()
  return connection.state === 'lost' ? connection.since : now
}

/** For what is shown live: greyed while it is not of now. */
export function useStaleClass(): { readonly className?: string } {
  const { state } = useConnection()
  return state === 'lost' || state === 'refused' ? { className: 'stale' } : {}
}
