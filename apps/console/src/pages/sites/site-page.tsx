import type { Site } from '@bootcast/contract'
import { Button, SimpleGrid, Stack, Text } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { useCall } from '../../calls.ts'
import { NameShown } from '../../parts/name-shown.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { PageLink } from '../../parts/page-link.tsx'
import { Answered } from '../../parts/states.tsx'
import { TimeShown } from '../../parts/time-shown.tsx'
import { useMay } from '../../session.ts'
import { siteTexts as texts } from '../../texts/sites.ts'
import { OrderDialog } from './order-dialog.tsx'
import { SiteCacheCard } from './site-cache-card.tsx'
import { SiteHealthCard } from './site-health-card.tsx'
import { SiteMembershipCard } from './site-membership-card.tsx'
import { SiteNumbers } from './site-numbers.tsx'
import { SiteOrdersCard } from './site-orders-card.tsx'
import { SitePinsCard } from './site-pins-card.tsx'
import { SiteSettingsCard } from './site-settings-card.tsx'

/** A site says every few seconds how far it is with an order. */
const everyMs = 2_000

export function SitePage() {
  const { name } = useParams({ from: '/sites/$name' })
  const site = useCall('showSite', { params: { name } }, { every: everyMs })
  return (
    <>
      <Head name={name} site={site.data} />
      <Answered query={site}>{(data) => <Sections site={data} />}</Answered>
    </>
  )
}

function Head({ name, site }: { readonly name: string; readonly site: Site | undefined }) {
  const mayChange = useMay('sites.change') && site !== undefined && site.state !== 'revoked'
  const [isWarming, setWarming] = useState(false)
  return (
    <PageHead title={site?.name ?? name} about={site && <About site={site} />}>
      {mayChange && (
        <>
          <Button leftSection={<IconDownload size={18} />} onClick={() => setWarming(true)}>
            {texts.warm}
          </Button>
          <OrderDialog kind="warm" site={site} opened={isWarming} onClose={() => setWarming(false)} />
        </>
      )}
    </PageHead>
  )
}

function About({ site: { via, version, lastContactAt } }: { readonly site: Site }) {
  return (
    <>
      <PageLink to="/sites" size="sm">
        {texts.title}
      </PageLink>
      {' · '}
      {via === undefined ? (
        texts.asksPlatform
      ) : (
        <>
          {texts.asksSite}{' '}
          <PageLink to="/sites/$name" params={{ name: via }} size="sm">
            <NameShown short>{via}</NameShown>
          </PageLink>
        </>
      )}
      {version !== undefined && ` · ${texts.version(version.slice(0, 40))}`}
      {' · '}
      {lastContactAt === undefined ? (
        texts.neverHeard
      ) : (
        <>
          {texts.contact} <TimeShown at={lastContactAt} />
        </>
      )}
    </>
  )
}

/** What it told before it went away is shown as old. */
function Sections({ site }: { readonly site: Site }) {
  const isOld = site.state !== 'connected'
  const old = isOld ? { className: 'stale' } : {}
  return (
    <Stack>
      <SiteHealthCard site={site} />
      {site.cache !== undefined && (
        <>
          {isOld && (
            <Text size="sm">
              {texts.ofThen} <TimeShown at={site.lastContactAt} />:
            </Text>
          )}
          <div {...old}>
            <SiteNumbers site={site} />
          </div>
        </>
      )}
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Stack>
          <SiteOrdersCard site={site} />
          <div {...old}>
            <SiteCacheCard site={site} />
          </div>
        </Stack>
        <Stack>
          <SitePinsCard site={site} />
          <SiteSettingsCard site={site} />
          <SiteMembershipCard site={site} />
        </Stack>
      </SimpleGrid>
    </Stack>
  )
}
