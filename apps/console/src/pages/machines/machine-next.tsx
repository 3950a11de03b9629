import './machines.css'
import type { Explanation, Machine } from '@bootcast/contract'
import { Anchor, Badge, Group, Stack, Text, ThemeIcon, Title } from '@mantine/core'
import { IconArrowDown, IconCheck } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useCall } from '../../calls.ts'
import { NameShown } from '../../parts/name-shown.tsx'
import { Section } from '../../parts/section.tsx'
import { Answered } from '../../parts/states.tsx'
import { oneMachineTexts as texts } from '../../texts/machine.ts'
import { doesTexts, ruleTexts } from '../../texts/machines.ts'

/** What a machine would get now, and the way there. */
export function MachineNext({ machine: { mac } }: { readonly machine: Machine }) {
  const explained = useCall('explain', { query: { mac } }, { every: 10_000 })
  return (
    <Section title={texts.next}>
      <Answered query={explained}>
        {(explanation) => (
          <Stack gap="md">
            <Verdict explanation={explanation} />
            <Steps rules={explanation.rules} />
            <OpenTo openings={explanation.openings} />
          </Stack>
        )}
      </Answered>
    </Section>
  )
}

function Verdict({ explanation: { does, release, because } }: { readonly explanation: Explanation }) {
  return (
    <div>
      <Text size="lg" fw={650}>
        {doesTexts[does]}
        {release !== undefined && (
          <>
            {' '}
            <NameShown>{release}</NameShown>
          </>
        )}
      </Text>
      <Text c="dimmed">
        <NameShown>{because}</NameShown>
      </Text>
    </div>
  )
}

function Steps({ rules }: { readonly rules: Explanation['rules'] }) {
  return (
    <div>
      <Title order={3} size="sm" mb="xs">
        {texts.why}
      </Title>
      <ol className="machine-steps">
        {rules.map(({ rule, decided, because }) => (
          <li key={rule}>
            <ThemeIcon
              size="sm"
              radius="xl"
              variant={decided ? 'filled' : 'default'}
              aria-label={decided ? texts.decidedHere : texts.passed}
              role="img"
            >
              {decided ? <IconCheck size={14} /> : <IconArrowDown size={14} />}
            </ThemeIcon>
            <div>
              <Text size="sm" fw={decided ? 650 : 400}>
                {Object.hasOwn(ruleTexts, rule) ? ruleTexts[rule] : rule}
              </Text>
              <Text size="sm" c="dimmed" component="div">
                <NameShown>{because}</NameShown>
              </Text>
            </div>
          </li>
        ))}
      </ol>
    </div>
  )
}

function OpenTo({ openings }: Pick<Explanation, 'openings'>) {
  if (openings.length === 0) return undefined
  return (
    <div>
      <Title order={3} size="sm" mb="xs">
        <Anchor component={Link} to="/openings" inherit>
          {texts.openTo}
        </Anchor>
      </Title>
      <Stack gap={6}>
        {openings.map(({ id, image, boot, counts, because = '' }) => (
          <Group key={id} gap="xs">
            <NameShown>{image}</NameShown>
            <Badge variant="dot" color={counts ? 'green' : 'gray'} tt="none">
              {counts ? texts.counts : texts.countsNot(because)}
            </Badge>
            <Text size="sm" c="dimmed">
              {boot ? texts.bootsAtOnce : texts.inMenu}
            </Text>
          </Group>
        ))}
      </Stack>
    </div>
  )
}
