import type { Site } from '@bootcast/contract'
import { Button, Group, Text } from '@mantine/core'
import { IconPin } from '@tabler/icons-react'
import { useState } from 'react'
import { useChange } from '../../calls.ts'
import { Confirm } from '../../parts/confirm.tsx'
import { NameShown } from '../../parts/name-shown.tsx'
import { Section } from '../../parts/section.tsx'
import { useMay } from '../../session.ts'
import { siteTexts as texts } from '../../texts/sites.ts'
import { OrderDialog } from './order-dialog.tsx'

/** What a site keeps whatever happens. */
export function SitePinsCard({ site }: { readonly site: Site }) {
  const mayChange = useMay('sites.change') && site.state !== 'revoked'
  const [isPinning, setPinning] = useState(false)
  const [leaving, setLeaving] = useState<string>()
  const unpinning = useChange('changeSite', { touches: ['showSite'], quiet: true })
  const close = () => {
    unpinning.reset()
    setLeaving(undefined)
  }
  const unpin = () => {
    if (leaving === undefined) return
    unpinning.mutate({ params: { name: site.name }, body: { unpin: [leaving] } }, { onSuccess: close })
  }
  const pin = (
    <Button size="xs" variant="default" leftSection={<IconPin size={16} />} onClick={() => setPinning(true)}>
      {texts.pin}
    </Button>
  )
  return (
    <Section title={texts.pins} actions={mayChange && pin}>
      {site.settings.pins.length === 0 && (
        <Text size="sm" c="dimmed">
          {texts.noPins}
        </Text>
      )}
      {site.settings.pins.map((reference) => (
        <Group key={reference} justify="space-between" wrap="nowrap">
          <NameShown>{reference}</NameShown>
          {mayChange && (
            <Button
              flex="none"
              size="compact-xs"
              variant="default"
              onClick={() => setLeaving(reference)}
              aria-label={texts.unpinOf(reference)}
            >
              {texts.unpin}
            </Button>
          )}
        </Group>
      ))}
      {mayChange && (
        <OrderDialog kind="pin" site={site} opened={isPinning} onClose={() => setPinning(false)} />
      )}
      <Confirm
        opened={leaving !== undefined}
        title={texts.unpinTitle(leaving ?? '')}
        deed={texts.unpin}
        isBusy={unpinning.isPending}
        error={unpinning.error}
        onConfirm={unpin}
        onClose={close}
      >
        {texts.unpinAbout}
      </Confirm>
    </Section>
  )
}
