import { type BootNetwork, type DhcpServer, type DhcpText, dhcpServerSchema } from '@bootcast/contract'
import { Alert, List, NativeSelect, Stack, Tabs, Text } from '@mantine/core'
import { IconInfoCircle } from '@tabler/icons-react'
import { getRouteApi } from '@tanstack/react-router'
import { useCall } from '../../calls.ts'
import { CodeShown } from '../../parts/code-shown.tsx'
import { Answered } from '../../parts/states.tsx'
import { networkTexts as texts } from '../../texts/network.ts'
import { Section } from './section.tsx'
import { serverTitles } from './server-titles.ts'

const route = getRouteApi('/network')

/** What another DHCP server may be told; which one stands in the address. */
export function DhcpConfig({ networks }: { readonly networks: readonly BootNetwork[] }) {
  const { server = 'dnsmasq', address } = route.useSearch()
  const navigate = route.useNavigate()
  const change = (search: { server?: DhcpServer; address?: string }) =>
    void navigate({ search: (before) => ({ ...before, ...search }), replace: true, resetScroll: false })
  return (
    <Section title={texts.config} about={texts.configAbout}>
      {networks.length > 1 && (
        <NativeSelect
          label={texts.forNetwork}
          maw={360}
          value={address ?? networks[0]?.address}
          data={networks.map((one) => ({
            value: one.address,
            label: [one.subnet, one.interface].filter(Boolean).join(', '),
          }))}
          onChange={({ currentTarget }) => change({ address: currentTarget.value })}
        />
      )}
      <Tabs
        value={server}
        onChange={(chosen) => change({ server: dhcpServerSchema.parse(chosen) })}
        keepMounted={false}
      >
        <Tabs.List>
          {dhcpServerSchema.options.map((one) => (
            <Tabs.Tab key={one} value={one}>
              {serverTitles[one]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={server} pt="md">
          <ConfigText server={server} address={address} />
        </Tabs.Panel>
      </Tabs>
    </Section>
  )
}

type Asked = { readonly server: DhcpServer; readonly address: string | undefined }

function ConfigText({ server, address }: Asked) {
  const query = address === undefined ? {} : { address }
  const text = useCall('showDhcpText', { params: { server }, query })
  return <Answered query={text}>{(shown) => <Shown text={shown} />}</Answered>
}

function Shown({ text: { title, place, steps, text, missing } }: { readonly text: DhcpText }) {
  return (
    <Stack gap="sm">
      {missing.length > 0 && (
        <Alert color="yellow" variant="light" icon={<IconInfoCircle />}>
          {texts.missing(missing.join(', '))}
        </Alert>
      )}
      <Text size="sm">{texts.place(place)}</Text>
      <CodeShown text={text} what={`${title}, ${texts.configuration}`} />
      <Text size="sm" fw={600}>
        {texts.steps}
      </Text>
      <List type="ordered" size="sm">
        {steps.map((step) => (
          <List.Item key={step}>{step}</List.Item>
        ))}
      </List>
    </Stack>
  )
}
