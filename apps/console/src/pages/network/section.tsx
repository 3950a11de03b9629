import { Stack, Text, Title } from '@mantine/core'
import type { ReactNode } from 'react'

type Part = { readonly title: string; readonly about?: string; readonly children: ReactNode }

/** A part of a page under a heading of its own. */
export function Section({ title, about, children }: Part) {
  return (
    <Stack gap="sm" component="section">
      <div>
        <Title order={2} size="h4">
          {title}
        </Title>
        {about && (
          <Text size="sm" c="dimmed">
            {about}
          </Text>
        )}
      </div>
      {children}
    </Stack>
  )
}
