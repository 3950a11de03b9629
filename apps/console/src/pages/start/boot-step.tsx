import type { Boot } from '@bootcast/contract'
import { Alert, Badge, Group, Tabs, Text } from '@mantine/core'
import { getRouteApi } from '@tanstack/react-router'
import { NameShown } from '../../parts/name-shown.tsx'
import { PageLink } from '../../parts/page-link.tsx'
import { TimeShown } from '../../parts/time-shown.tsx'
import { startTexts as texts } from '../../texts/start.ts'
import { type MachineKind, machineKinds } from './boot-commands.ts'
import { MachineSteps } from './machine-steps.tsx'
import { Step, type StepProps } from './step.tsx'
import { startedBoot } from './steps.ts'

const route = getRouteApi('/start')

export function BootStep({ known: { boots, network }, isDone }: StepProps) {
  const { machine = 'qemu' } = route.useSearch()
  const navigate = route.useNavigate()
  const choose = (kind: string | null) =>
    void navigate({ search: { machine: kind as MachineKind }, replace: true, resetScroll: false })
  const started = startedBoot(boots)
  const [last] = boots
  return (
    <Step number={5} title={texts.boot} isDone={isDone}>
      {started && (
        <Text size="sm">
          <NameShown>{texts.bootDone(started.mac)}</NameShown>
        </Text>
      )}
      {last === undefined ? <Text size="sm">{texts.noBootYet}</Text> : <LastBoot boot={last} />}
      <Text size="sm">{texts.bootTodo}</Text>
      <Tabs value={machine} onChange={choose} keepMounted={false}>
        <Tabs.List>
          {machineKinds.map((kind) => (
            <Tabs.Tab key={kind} value={kind}>
              {texts.where[kind]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={machine} pt="md">
          <MachineSteps kind={machine} network={network} />
        </Tabs.Panel>
      </Tabs>
    </Step>
  )
}

const colors: Readonly<Record<Boot['state'], string>> = {
  booting: 'blue',
  waiting: 'yellow',
  started: 'green',
  done: 'green',
  failed: 'red',
  abandoned: 'gray',
}

/** What happens to the machine that was switched on just now. */
function LastBoot({ boot: { id, mac, state, cause, lastAt } }: { readonly boot: Boot }) {
  return (
    <div aria-live="polite">
      <Group gap="xs">
        <Text size="sm" component="span">
          {texts.last}: <NameShown>{mac}</NameShown>
        </Text>
        <Badge color={colors[state]} variant="dot" tt="none">
          {texts.state[state]}
        </Badge>
        <Text size="sm" c="dimmed" component="span">
          <TimeShown at={lastAt} />
        </Text>
        <PageLink to="/boots/$id" params={{ id }} size="sm" underline="always">
          {texts.toBoot}
        </PageLink>
      </Group>
      {cause && (
        <Alert color="red" variant="light" mt="xs" title={cause.text}>
          <NameShown>{cause.todo}</NameShown>
        </Alert>
      )}
    </div>
  )
}
