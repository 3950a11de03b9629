import type { Finding } from '@bootcast/contract'
import { Alert, Group, Stack, Text, VisuallyHidden } from '@mantine/core'
import { IconAlertTriangle, IconCircleCheck, IconInfoCircle } from '@tabler/icons-react'
import { NameShown } from '../../parts/name-shown.tsx'
import { networkTexts as texts } from '../../texts/network.ts'
import { Section } from './section.tsx'

const looks = {
  wrong: { color: 'red', icon: IconAlertTriangle },
  note: { color: 'yellow', icon: IconInfoCircle },
} as const

/** What is wrong stands out; what is well is one line each. */
export function Findings({ findings }: { readonly findings: readonly Finding[] }) {
  const unwell = findings.filter(({ level }) => level !== 'fine')
  const well = findings.filter(({ level }) => level === 'fine')
  return (
    <Section title={texts.findings}>
      {unwell.every(({ level }) => level !== 'wrong') && <Well>{texts.allWell}</Well>}
      {unwell.map((finding) => (
        <Unwell key={finding.code + finding.what} finding={finding} />
      ))}
      {well.length > 0 && (
        <Stack gap={4} component="ul" m={0} p={0} className="plain-list">
          {well.map(({ code, what }) => (
            <li key={code + what}>
              <Well>{what}</Well>
            </li>
          ))}
        </Stack>
      )}
    </Section>
  )
}

function Well({ children }: { readonly children: string }) {
  return (
    <Group gap="xs" wrap="nowrap" align="flex-start">
      <IconCircleCheck
        size={20}
        stroke={1.6}
        color="var(--mantine-color-green-text)"
        aria-hidden
        className="sign"
      />
      <Text size="sm">
        <VisuallyHidden>{texts.level.fine}: </VisuallyHidden>
        <NameShown>{children}</NameShown>
      </Text>
    </Group>
  )
}

function Unwell({ finding: { level, what, why, todo } }: { readonly finding: Finding }) {
  if (level === 'fine') return undefined
  const { color, icon: Icon } = looks[level]
  return (
    <Alert
      color={color}
      variant="light"
      icon={<Icon />}
      title={
        <>
          <VisuallyHidden>{texts.level[level]}: </VisuallyHidden>
          <NameShown>{what}</NameShown>
        </>
      }
    >
      {why && <Text size="sm">{why}</Text>}
      {todo && (
        <Text size="sm" mt={4}>
          <strong>{texts.todo}:</strong> <NameShown>{todo}</NameShown>
        </Text>
      )}
    </Alert>
  )
}
