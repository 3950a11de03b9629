import { Badge, Card, Group, Stack, ThemeIcon, Title, VisuallyHidden } from '@mantine/core'
import { IconCheck } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { startTexts as texts } from '../../texts/start.ts'
import type { Known } from './steps.ts'

export type StepProps = { readonly known: Known; readonly isDone: boolean }

type Shown = {
  readonly number: number
  readonly title: string
  readonly isDone: boolean
  readonly isOptional?: true
  readonly children: ReactNode
}

/** One step: a number that becomes a tick. */
export function Step({ number, title, isDone, isOptional, children }: Shown) {
  return (
    <Card withBorder padding="md" component="section" data-done={isDone}>
      <Group align="flex-start" wrap="nowrap" gap="md">
        <ThemeIcon radius="xl" size={30} color={isDone ? 'green' : 'gray'} variant="light" aria-hidden>
          {isDone ? <IconCheck size={18} /> : number}
        </ThemeIcon>
        <Stack gap="xs" flex={1} miw={0}>
          <Group gap="xs">
            <Title order={2} size="h4" lh="30px">
              {title}
              <VisuallyHidden>: {isDone ? texts.done : texts.open}</VisuallyHidden>
            </Title>
            {isOptional && !isDone && (
              <Badge color="gray" variant="default" tt="none">
                {texts.optional}
              </Badge>
            )}
          </Group>
          {children}
        </Stack>
      </Group>
    </Card>
  )
}
