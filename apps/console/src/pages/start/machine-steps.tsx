import type { Network } from '@bootcast/contract'
import { Alert, List, Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { CodeShown } from '../../parts/code-shown.tsx'
import { startTexts as texts } from '../../texts/start.ts'
import {
  type BootPlace,
  bridgeOf,
  isLoopback,
  type MachineKind,
  proxmoxCommands,
  qemuBridgeCommand,
  qemuCommand,
  uefiArguments,
  virtualboxCommands,
} from './boot-commands.ts'

type Asked = { readonly kind: MachineKind; readonly network: Network }

export function MachineSteps({ kind, network }: Asked) {
  const [place] = network.networks
  const Kind = kinds[kind]
  return <Stack gap="xs">{place && <Kind place={place} />}</Stack>
}

type Placed = { readonly place: BootPlace }

const kinds: Readonly<Record<MachineKind, (placed: Placed) => ReactNode>> = {
  qemu: Qemu,
  virtualbox: ({ place }) => (
    <>
      <Steps steps={texts.virtualbox} />
      <Text size="sm">{texts.virtualboxCommand}</Text>
      <CodeShown text={virtualboxCommands(place)} what={texts.command} />
    </>
  ),
  proxmox: () => (
    <>
      <Steps steps={texts.proxmox} />
      <Text size="sm">{texts.proxmoxCommand}</Text>
      <CodeShown text={proxmoxCommands()} what={texts.command} />
    </>
  ),
  computer: () => <Steps steps={texts.computer} />,
}

function Qemu({ place }: Placed) {
  return (
    <>
      {isLoopback(place) && (
        <Alert color="red" variant="light">
          {texts.qemuLoopback}
        </Alert>
      )}
      <Text size="sm">{texts.qemuHere}</Text>
      <CodeShown text={qemuCommand(place)} what={texts.command} />
      <Text size="sm">{texts.qemuBridge}</Text>
      <CodeShown text={qemuBridgeCommand(place)} what={texts.command} />
      <Text size="sm" c="dimmed">
        {texts.qemuBridgeAbout(bridgeOf(place))}
      </Text>
      <Text size="sm">{texts.qemuUefi}</Text>
      <CodeShown text={uefiArguments} what={texts.command} />
    </>
  )
}

function Steps({ steps }: { readonly steps: readonly string[] }) {
  return (
    <List type="ordered" size="sm" spacing={4}>
      {steps.map((step) => (
        <List.Item key={step}>{step}</List.Item>
      ))}
    </List>
  )
}
