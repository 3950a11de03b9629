import { Group, Paper, Text, Title } from '@mantine/core'
import { type ReactNode, useId } from 'react'

type Shown = {
  readonly title: string
  readonly about?: string
  /** Buttons. */
  readonly buttons?: ReactNode
  readonly children: ReactNode
}

/** A part of a page with a heading. */
export function Section({ title, about, buttons, children }: Shown) {
  const id = useId()
  return (
    <Paper withBorder p="md" component="section" aria-labelledby={id}>
      <Group justify="space-between" align="flex-start" mb="sm">
        <div className="section-head">
          <Title order={2} size="h4" id={id}>
            {title}
          </Title>
          {about !== undefined && (
            <Text size="sm" c="dimmed">
              {about}
            </Text>
          )}
        </div>
        {buttons}
      </Group>
      {children}
    </Paper>
  )
}
