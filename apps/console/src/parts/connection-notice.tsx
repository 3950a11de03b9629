import { Alert } from '@mantine/core'
import { IconPlugConnectedX } from '@tabler/icons-react'
import { useConnection } from '../live/use-boots.ts'
import { commonTexts as texts } from '../texts/common.ts'
import { shortTime } from '../times.ts'

/** Says when what is shown live is not of now any more. */
export function ConnectionNotice() {
  const connection = useConnection()
  if (connection.state === 'lost')
    return (
      <Alert color="orange" icon={<IconPlugConnectedX />} mb="md" role="alert">
        {texts.lostSince(shortTime(connection.since, new Date()))}
      </Alert>
    )
  if (connection.state === 'refused')
    return (
      <Alert color="red" icon={<IconPlugConnectedX />} mb="md" role="alert" title={texts.failed}>
        {connection.error.message}
      </Alert>
    )
  return undefined
}
