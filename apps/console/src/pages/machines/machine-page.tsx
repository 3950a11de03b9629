import { ApiError, type Machine } from '@bootcast/contract'
import { Anchor, Button, Group, SimpleGrid, Stack } from '@mantine/core'
import { IconArrowLeft } from '@tabler/icons-react'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useCall } from '../../calls.ts'
import { CopyText } from '../../parts/copy-text.tsx'
import { NameShown } from '../../parts/name-shown.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { Answered } from '../../parts/states.tsx'
import { useMay } from '../../session.ts'
import { oneMachineTexts as texts } from '../../texts/machine.ts'
import { MachineBoots } from './machine-boots.tsx'
import { MachineDecided } from './machine-decided.tsx'
import { type MachineDialog, MachineDialogs } from './machine-dialogs.tsx'
import { MachineHardware } from './machine-hardware.tsx'
import { MachineLog } from './machine-log.tsx'
import { MachineMenu } from './machine-menu.tsx'
import { MachineNext } from './machine-next.tsx'
import { MachineValues } from './machine-values.tsx'
import { productOf } from './machine-words.ts'

const route = getRouteApi('/machines/$mac')
const everyMs = 10_000

export function MachinePage() {
  const { mac } = route.useParams()
  const machine = useCall('showMachine', { params: { mac } }, { every: everyMs })
  const isUnknown = machine.error instanceof ApiError && machine.error.code === 'machine_not_found'
  return (
    <>
      <Anchor component={Link} to="/machines" size="sm" mb="xs" display="inline-block">
        <Group gap={4}>
          <IconArrowLeft size={16} aria-hidden />
          {texts.back}
        </Group>
      </Anchor>
      {isUnknown ? (
        <PageHead title={texts.notFound} about={texts.notFoundTodo} />
      ) : (
        <Answered query={machine}>{(known) => <KnownMachine machine={known} />}</Answered>
      )}
    </>
  )
}

function KnownMachine({ machine }: { readonly machine: Machine }) {
  const mayChange = useMay('machines.change')
  const mayReadBoots = useMay('boots.read')
  const [dialog, setDialog] = useState<MachineDialog>()
  const product = productOf(machine)
  return (
    <>
      <PageHead
        title={machine.mac}
        about={
          <Group gap="xs">
            <CopyText text={machine.mac} what={machine.mac} />
            {product !== undefined && <NameShown>{product}</NameShown>}
          </Group>
        }
      >
        {mayChange && (
          <>
            <Button onClick={() => setDialog('assign')}>{texts.assign}</Button>
            <MachineMenu mac={machine.mac} onChoose={setDialog} />
          </>
        )}
      </PageHead>
      <Stack>
        <SimpleGrid cols={{ base: 1, lg: 2 }}>
          <MachineNext machine={machine} />
          <Stack>
            <MachineDecided machine={machine} onChoose={setDialog} />
            <MachineHardware machine={machine} />
          </Stack>
        </SimpleGrid>
        {mayReadBoots && <MachineBoots mac={machine.mac} />}
        <MachineValues mac={machine.mac} />
        <MachineLog calls={machine.calls ?? []} />
      </Stack>
      {mayChange && <MachineDialogs machine={machine} dialog={dialog} onClose={() => setDialog(undefined)} />}
    </>
  )
}
