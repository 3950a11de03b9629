import type { SiteJoin } from '@bootcast/contract'
import { Alert, Button, Code, Group, Stack, Text } from '@mantine/core'
import { IconKey } from '@tabler/icons-react'
import { CopyText } from '../../parts/copy-text.tsx'
import { siteTexts as texts } from '../../texts/sites.ts'
import { exactTime } from '../../times.ts'

/** What lets a site join: its token is shown here and never again. */
export function JoinShown({
  join: { site, join },
  onDone,
}: {
  readonly join: SiteJoin
  readonly onDone: () => void
}) {
  return (
    <Stack>
      <Text>{texts.joinAbout}</Text>
      <Group wrap="nowrap" align="flex-start" gap="xs">
        <Code block className="command" flex={1}>
          {join.command}
        </Code>
        <CopyText text={join.command} what={texts.joinCommand} />
      </Group>
      <Text size="sm">{texts.joinInterface}</Text>
      {site.via !== undefined && <Text size="sm">{texts.joinVia(site.via)}</Text>}
      <Alert icon={<IconKey />} color="orange" variant="light">
        <Text size="sm">
          {texts.joinOnce} {exactTime(new Date(join.expiresAt))}.
        </Text>
      </Alert>
      <Group justify="flex-end">
        <Button onClick={onDone}>{texts.joinHave}</Button>
      </Group>
    </Stack>
  )
}
