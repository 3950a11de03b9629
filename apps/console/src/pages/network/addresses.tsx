import type { BootNetwork, Network } from '@bootcast/contract'
import { Card, Group, SimpleGrid, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { CopyText } from '../../parts/copy-text.tsx'
import { TimeShown } from '../../parts/time-shown.tsx'
import { networkTexts as texts } from '../../texts/network.ts'
import { Section } from './section.tsx'

/** How we take part, what was heard, and by which addresses machines know us. */
export function Addresses({ network }: { readonly network: Network }) {
  return (
    <Section title={texts.addresses}>
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
        <Heard network={network} />
        {network.networks.map((one) => (
          <Place key={one.address} network={one} />
        ))}
      </SimpleGrid>
    </Section>
  )
}

function Heard({ network: { dhcp, heard } }: { readonly network: Network }) {
  const { messages, bootMessages, since, lastAt } = heard
  const isOff = dhcp.mode === 'off'
  return (
    <Card withBorder padding="md">
      <Fact name={texts.dhcp}>{texts.mode[dhcp.mode]}</Fact>
      <Text size="sm" c="dimmed">
        {dhcp.why}
      </Text>
      <Fact name={texts.heardLast}>
        {isOff ? texts.noEars : lastAt === undefined ? texts.nothingHeard : <TimeShown at={lastAt} />}
      </Fact>
      {!isOff && (
        <>
          <Fact name={texts.heardSince}>
            <TimeShown at={since} as="clock" />
          </Fact>
          <Text size="sm">{texts.heard(messages, bootMessages)}</Text>
        </>
      )}
    </Card>
  )
}

function Place({ network: { interface: name, subnet, bootUrl, tftp } }: { readonly network: BootNetwork }) {
  return (
    <Card withBorder padding="md">
      <Fact name={texts.interface}>{name ?? texts.noInterface}</Fact>
      <Fact name={texts.subnet}>{subnet}</Fact>
      <Fact name={texts.bootUrl}>
        <Group gap={4} component="span" wrap="nowrap">
          {bootUrl}
          <CopyText text={bootUrl} what={texts.bootUrl} />
        </Group>
      </Fact>
      <Fact name={texts.tftp}>{tftp ?? texts.tftpOff}</Fact>
    </Card>
  )
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <Group gap="xs" justify="space-between" mih={28}>
      <Text size="sm" c="dimmed">
        {name}
      </Text>
      <Text size="sm" component="div">
        {children}
      </Text>
    </Group>
  )
}
