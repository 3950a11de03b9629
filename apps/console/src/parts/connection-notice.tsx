import { Alert } from '@mantine/core'
import { IconPlugConnectedX } from '@tabler/icons-react'
import { isNobody } from '../calls.ts'
import { useConnection } from '../live/use-boots.ts'
import { useLost } from '../live/use-lost.ts'
import { commonTexts as texts } from '../texts/common.ts'
import { duration, shortTime } from '../times.ts'
import { useNow } from './time-shown.tsx'

/** Says when what is shown is not of now any more, and of when it is. */
export function ConnectionNotice() {
  const connection = useConnection()
  const lost = useLost()
  const now = useNow(1_000)
  if (lost !== undefined)
    return (
      <Alert color="orange" icon={<IconPlugConnectedX />} mb="md" role="alert">
        {texts.lostSince(shortTime(lost, now), duration(Math.max(0, now.getTime() - lost.getTime())))}
      </Alert>
    )
  if (connection.state === 'refused' && !isNobody(connection.error))
    return (
      <Alert color="red" icon={<IconPlugConnectedX />} mb="md" role="alert" title={texts.failed}>
        {connection.error.message}
      </Alert>
    )
  return undefined
}
