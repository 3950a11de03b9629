import type { Network } from '@bootcast/contract'
import { Stack } from '@mantine/core'
import { useCall } from '../../calls.ts'
import { PageHead } from '../../parts/page-head.tsx'
import { Answered } from '../../parts/states.tsx'
import { networkTexts as texts } from '../../texts/network.ts'
import { Addresses } from './addresses.tsx'
import { DhcpConfig } from './dhcp-config.tsx'
import { Findings } from './findings.tsx'
import { Loaders } from './loaders.tsx'
import { Servers } from './servers.tsx'

/** What a person asks first when no machine boots: is anything heard, is somebody in the way, what is to do. */
export function NetworkPage() {
  const network = useCall('showNetwork', {}, { every: 5_000 })
  return (
    <>
      <PageHead title={texts.title} about={texts.about} />
      <Answered query={network}>{(seen) => <Seen network={seen} />}</Answered>
    </>
  )
}

function Seen({ network }: { readonly network: Network }) {
  return (
    <Stack gap="xl">
      <Findings findings={network.findings} />
      <Addresses network={network} />
      <Servers network={network} />
      <Loaders loaders={network.loaders} />
      <DhcpConfig networks={network.networks} />
    </Stack>
  )
}
