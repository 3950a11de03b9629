import { Card, Group, Stack, Title } from '@mantine/core'
import type { ReactNode } from 'react'

type Part = {
  readonly title: string
  /** Buttons. */
  readonly actions?: ReactNode
  readonly children: ReactNode
}

/** A part of a page with a heading of its own. */
export function Section({ title, actions, children }: Part) {
  return (
    <Card withBorder component="section" aria-label={title}>
      <Stack gap="sm">
        <Group justify="space-between" mih={30}>
          <Title order={2} size="h5">
            {title}
          </Title>
          {actions}
        </Group>
        {children}
      </Stack>
    </Card>
  )
}
