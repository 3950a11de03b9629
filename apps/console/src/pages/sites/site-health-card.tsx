import type { Site } from '@bootcast/contract'
import { Alert, Stack, Text } from '@mantine/core'
import { IconAlertTriangle, IconCircleCheck, IconInfoCircle } from '@tabler/icons-react'
import { useCall } from '../../calls.ts'
import { NameShown } from '../../parts/name-shown.tsx'
import { useNow } from '../../parts/time-shown.tsx'
import { useMay } from '../../session.ts'
import { siteTexts as texts } from '../../texts/sites.ts'
import { type Finding, findingsOf } from './site-health.ts'

const looks = {
  good: { color: 'green', Icon: IconCircleCheck },
  note: { color: 'blue', Icon: IconInfoCircle },
  warning: { color: 'orange', Icon: IconAlertTriangle },
  bad: { color: 'red', Icon: IconAlertTriangle },
} as const

/** What happened to a site, why, and what to do. */
export function SiteHealthCard({ site }: { readonly site: Site }) {
  const status = useCall('status', {}, { enabled: useMay('status.read') })
  const findings = findingsOf(site, { now: useNow(), platformVersion: status.data?.version })
  return (
    <Stack gap="xs" component="section" aria-label={texts.health}>
      {findings.map((finding) => (
        <FindingShown key={`${finding.level} ${finding.what}`} finding={finding} />
      ))}
    </Stack>
  )
}

function FindingShown({ finding: { level, what, why, todo } }: { readonly finding: Finding }) {
  const { color, Icon } = looks[level]
  return (
    <Alert color={color} variant="light" icon={<Icon />} p="sm">
      <Text size="sm" fw={600}>
        <NameShown>{what}</NameShown>
      </Text>
      {why !== undefined && (
        <Text size="sm">
          {texts.why}
          <NameShown>{why}</NameShown>
        </Text>
      )}
      {todo !== undefined && (
        <Text size="sm">
          {texts.todo}
          {todo}
        </Text>
      )}
    </Alert>
  )
}
