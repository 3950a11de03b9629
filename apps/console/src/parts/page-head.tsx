import { Group, Stack, Text, Title } from '@mantine/core'
import { type ReactNode, useEffect } from 'react'

type Head = {
  readonly title: string
  /** One sentence on what this page is for. */
  readonly about?: ReactNode
  /** Buttons. */
  readonly children?: ReactNode
}

/** The first thing of each page; names the tab of the browser. */
export function PageHead({ title, about, children }: Head) {
  useEffect(() => {
    document.title = `${title.slice(0, 80)} – Bootcast`
  }, [title])
  return (
    <Group justify="space-between" align="flex-start" mb="lg">
      <Stack gap={2} flex="1 1 16rem" miw={0}>
        <Title order={1} size="h2" className="name">
          {title}
        </Title>
        {about && (
          <Text c="dimmed" component="div">
            {about}
          </Text>
        )}
      </Stack>
      {children && <Group gap="xs">{children}</Group>}
    </Group>
  )
}
