import type { OwnSession } from '@bootcast/contract'
import { Badge, Button, Group } from '@mantine/core'
import { useState } from 'react'
import { useCall, useChange } from '../../calls.ts'
import { CardRows, type Column } from '../../parts/card-rows.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { Answered } from '../../parts/states.tsx'
import { TimeShown } from '../../parts/time-shown.tsx'
import { accountTexts as texts } from '../../texts/account.ts'
import { peopleTexts } from '../../texts/people.ts'
import { shortTime } from '../../times.ts'

const columns: readonly Column<OwnSession>[] = [
  { key: 'kind', title: texts.kind, cell: (session) => <Kind session={session} /> },
  { key: 'begun', title: texts.begun, cell: ({ createdAt }) => <TimeShown at={createdAt} as="clock" /> },
  { key: 'used', title: texts.lastUsed, cell: ({ lastUsedAt }) => <TimeShown at={lastUsedAt} /> },
  { key: 'expires', title: texts.expires, cell: ({ expiresAt }) => <TimeShown at={expiresAt} /> },
]

/** Where one is signed in, and the way to end it there. */
export function OwnSessions() {
  const sessions = useCall('listSessions', {})
  const [ending, setEnding] = useState<OwnSession>()
  const end = useChange('endSession', { touches: ['listSessions'], quiet: true, done: () => texts.ended })
  const close = () => setEnding(undefined)
  const endButton = (session: OwnSession) =>
    session.current ? undefined : (
      <Button
        size="compact-sm"
        variant="default"
        c="var(--danger-text)"
        onClick={() => setEnding(session)}
        aria-label={texts.endOf(
          texts.kinds[session.kind],
          shortTime(new Date(session.createdAt), new Date()),
        )}
      >
        {texts.end}
      </Button>
    )
  return (
    <>
      <Answered query={sessions}>
        {({ items }) => (
          <CardRows
            label={texts.sessions}
            rows={items}
            keyOf={({ id }) => id}
            columns={columns}
            actions={endButton}
            actionsTitle={peopleTexts.actions}
          />
        )}
      </Answered>
      <Confirm
        opened={ending !== undefined}
        title={texts.endTitle}
        deed={texts.end}
        isDangerous
        isBusy={end.isPending}
        error={end.error}
        onConfirm={() => ending && end.mutate({ params: { id: ending.id } }, { onSuccess: close })}
        onClose={close}
      >
        {texts.endAbout}
      </Confirm>
    </>
  )
}

function Kind({ session: { kind, current } }: { readonly session: OwnSession }) {
  return (
    <Group gap="xs">
      {texts.kinds[kind]}
      {current && (
        <Badge variant="default" size="sm" tt="none">
          {texts.thisOne}
        </Badge>
      )}
    </Group>
  )
}
