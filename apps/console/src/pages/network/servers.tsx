import type { DhcpServerHeard, Network } from '@bootcast/contract'
import { Badge, Group, Table, Text } from '@mantine/core'
import { NameShown } from '../../parts/name-shown.tsx'
import { TimeShown } from '../../parts/time-shown.tsx'
import { networkTexts as texts } from '../../texts/network.ts'
import { Section } from './section.tsx'

const colors = { 'addresses-only': 'gray', 'points-here': 'green', 'in-the-way': 'red' } as const

export function Servers({ network: { servers, dhcp } }: { readonly network: Network }) {
  return (
    <Section title={texts.servers} about={texts.serversAbout}>
      {servers.length === 0 ? (
        <Text size="sm">{dhcp.mode === 'off' ? texts.noServersOff : texts.noServers}</Text>
      ) : (
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{texts.server}</Table.Th>
              <Table.Th visibleFrom="sm">{texts.gives}</Table.Th>
              <Table.Th>{texts.bootFile}</Table.Th>
              <Table.Th visibleFrom="md">{texts.times}</Table.Th>
              <Table.Th visibleFrom="sm">{texts.last}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {servers.map((server) => (
              <ServerRow key={server.address} server={server} />
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Section>
  )
}

function ServerRow({ server }: { readonly server: DhcpServerHeard }) {
  const { address, offered, verdict, times, lastAt } = server
  return (
    <Table.Tr>
      <Table.Td>
        <Group gap="xs">
          <NameShown>{address}</NameShown>
          <Badge color={colors[verdict]} variant="dot" tt="none">
            {texts.verdict[verdict]}
          </Badge>
        </Group>
      </Table.Td>
      <Table.Td visibleFrom="sm">
        {offered === undefined ? texts.noAddresses : texts.givesAddresses(offered)}
      </Table.Td>
      <Table.Td>
        <BootFile server={server} />
      </Table.Td>
      <Table.Td visibleFrom="md" className="numbers">
        {times}
      </Table.Td>
      <Table.Td visibleFrom="sm">
        <TimeShown at={lastAt} />
      </Table.Td>
    </Table.Tr>
  )
}

function BootFile({ server: { file, fileServer, isBootServer } }: { readonly server: DhcpServerHeard }) {
  if (file === undefined) return isBootServer ? texts.asBootServer : texts.noBootFile
  return (
    <>
      <NameShown>{file}</NameShown>
      {fileServer && (
        <Text size="xs" c="dimmed">
          {texts.onServer(fileServer)}
        </Text>
      )}
    </>
  )
}
