import { Unreachable } from '@bootcast/contract'
import { Alert, Button, Center, Loader, Stack, Text, Title } from '@mantine/core'
import { IconAlertTriangle, IconPlugConnectedX } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { commonTexts as texts } from '../texts/common.ts'
import { shortTime } from '../times.ts'

export function Loading() {
  return (
    <Center mih={160} role="status" aria-label={texts.loading}>
      <Loader />
    </Center>
  )
}

type Failed = { readonly error: Error; readonly onRetry?: (() => void) | undefined }

/** What went wrong and what to do, in the words of the platform. */
export function Failure({ error, onRetry }: Failed) {
  const isAway = error instanceof Unreachable
  const Icon = isAway ? IconPlugConnectedX : IconAlertTriangle
  return (
    <Alert color="red" variant="light" icon={<Icon />} title={isAway ? texts.unreachable : texts.failed}>
      <Stack gap="sm" align="flex-start">
        <Text size="sm">{isAway ? texts.unreachableTodo : error.message}</Text>
        {onRetry && (
          <Button size="xs" variant="default" onClick={onRetry}>
            {texts.tryAgain}
          </Button>
        )}
      </Stack>
    </Alert>
  )
}

type Nothing = { readonly title?: string; readonly children?: ReactNode }

/** Instead of an empty list: what would stand here, and how it comes here. */
export function Empty({ title = texts.nothing, children }: Nothing) {
  return (
    <Center mih={160} p="lg">
      <Stack gap="xs" align="center" ta="center" maw={520}>
        <Title order={3} size="h4">
          {title}
        </Title>
        {children}
      </Stack>
    </Center>
  )
}

type Asked<T> = {
  /** Of `useCall`; of `useList` with `data: list.items`. */
  readonly query: {
    readonly data: T | undefined
    readonly error: Error | null
    readonly dataUpdatedAt: number
    readonly refetch: () => unknown
  }
  readonly children: (data: T) => ReactNode
}

/** What a query answered; until then that it loads; what failed, and old data only with its age, greyed. */
export function Answered<T>({ query, children }: Asked<T>) {
  const { data, error, dataUpdatedAt, refetch } = query
  const retry = () => void refetch()
  if (data === undefined) return error === null ? <Loading /> : <Failure error={error} onRetry={retry} />
  if (error === null) return children(data)
  return (
    <Stack>
      <Failure error={error} onRetry={retry} />
      <Text size="sm" role="status">
        {texts.oldData(shortTime(new Date(dataUpdatedAt), new Date()))}
      </Text>
      <div className="stale">{children(data)}</div>
    </Stack>
  )
}
