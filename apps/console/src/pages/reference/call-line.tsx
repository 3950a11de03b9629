import type { ApiDocument } from '@bootcast/contract'
import { Badge, Group, Paper, Text, UnstyledButton } from '@mantine/core'
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react'
import { memo, useEffect, useRef } from 'react'
import { CallDetail } from './call-detail.tsx'
import type { Call } from './calls.ts'

const colors: Readonly<Record<string, string>> = {
  GET: 'blue',
  HEAD: 'blue',
  POST: 'green',
  PUT: 'orange',
  PATCH: 'orange',
  DELETE: 'red',
}

type Shown = {
  readonly call: Call
  readonly document: ApiDocument
  readonly isOpen: boolean
  readonly onToggle: () => void
}

/** One call; what it takes and gives is made when it is unfolded. */
export const CallLine = memo(
  ({ call, document, isOpen, onToggle }: Shown) => {
    const { id, method, path, operation } = call
    const place = useRef<HTMLDivElement>(null)
    const wasOpen = useRef(isOpen)
    // A link to a call shows it.
    useEffect(() => {
      if (wasOpen.current) place.current?.scrollIntoView({ block: 'start' })
    }, [])
    const Icon = isOpen ? IconChevronDown : IconChevronRight
    return (
      <Paper withBorder ref={place} className="call">
        <UnstyledButton w="100%" px="sm" py={6} aria-expanded={isOpen} onClick={onToggle}>
          <Group gap="xs" wrap="nowrap" align="flex-start">
            <Icon size={18} aria-hidden className="call-mark" />
            <Badge variant="default" radius="sm" w={72} c={`var(--call-${colors[method] ?? 'blue'})`}>
              {method}
            </Badge>
            <div className="call-words">
              <Text span ff="monospace" size="sm" fw={600}>
                {path}
              </Text>
              <Text size="sm">
                <Text span fw={600} inherit>
                  {id}
                </Text>
                {': '}
                {operation.summary}
              </Text>
            </div>
          </Group>
        </UnstyledButton>
        {isOpen && <CallDetail call={call} document={document} />}
      </Paper>
    )
  },
  (before, after) =>
    before.isOpen === after.isOpen && before.call === after.call && before.document === after.document,
)
