import { Button, Group, Paper, Progress, Stack, Text } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { Confirm } from '../../../parts/confirm.tsx'
import { NameShown } from '../../../parts/name-shown.tsx'
import { Failure } from '../../../parts/states.tsx'
import { rate as rateText } from '../../../sizes.ts'
import { publishTexts as texts } from '../../../texts/publish.ts'
import { duration } from '../../../times.ts'
import { refresh, runner } from './runner.ts'
import { FileUnreadable, type Sending } from './upload-runner.ts'

/** A file on its way to the platform. */
export function SendingCard({ sending }: { readonly sending: Sending }) {
  const { file, plan, state, sent, error } = sending
  const share = file.size === 0 ? 100 : (100 * sent) / file.size
  return (
    <Paper withBorder p="sm" role="group" aria-label={file.name}>
      <Stack gap={6}>
        <Heading name={file.name} about={texts.becomes(plan.image, plan.channel)}>
          <Actions sending={sending} />
        </Heading>
        {state !== 'failed' && (
          <Progress value={share} aria-label={texts.sending} color={state === 'lost' ? 'orange' : 'blue'} />
        )}
        {state !== 'failed' && (
          <Text size="sm" role={state === 'lost' ? 'status' : undefined}>
            {lineOf(sending)}
          </Text>
        )}
        {state === 'failed' && error && (
          <Failure error={error instanceof FileUnreadable ? new Error(texts.unreadable) : error} />
        )}
      </Stack>
    </Paper>
  )
}

type Head = { readonly name: string; readonly about: string; readonly children?: ReactNode }

export function Heading({ name, about, children }: Head) {
  return (
    <Group justify="space-between" align="flex-start" gap="xs">
      <div className="grows">
        <Text fw={600} component="div">
          <NameShown>{name}</NameShown>
        </Text>
        <Text size="sm">{about}</Text>
      </div>
      <Group gap="xs">{children}</Group>
    </Group>
  )
}

function lineOf({ state, sent, file, rate, left }: Sending): string {
  if (state === 'waiting') return texts.waiting
  if (state === 'starting') return texts.starting
  const pace = [
    ...(rate === undefined ? [] : [rateText(rate)]),
    ...(left === undefined ? [] : [texts.left(duration(left))]),
  ]
  const line = [`${texts.sending}: ${texts.howFar(sent, file.size)}`, ...pace].join(', ')
  return state === 'lost' ? `${texts.lost}. ${texts.howFar(sent, file.size)}.` : line
}

function Actions({ sending: { id, file, state } }: { readonly sending: Sending }) {
  const [opened, setOpened] = useState(false)
  const cancel = () => void runner.cancel(id).finally(() => void refresh())
  return (
    <>
      {state === 'failed' && (
        <Button
          size="xs"
          variant="default"
          onClick={() => runner.retry(id)}
          aria-label={texts.retryOf(file.name)}
        >
          {texts.retry}
        </Button>
      )}
      <Button
        size="xs"
        variant="default"
        onClick={() => setOpened(true)}
        aria-label={texts.cancelOf(file.name)}
      >
        {texts.cancel}
      </Button>
      <Confirm
        opened={opened}
        onClose={() => setOpened(false)}
        title={texts.cancelTitle}
        deed={texts.cancelDeed}
        isDangerous
        onConfirm={cancel}
      >
        {texts.cancelSending}
      </Confirm>
    </>
  )
}
