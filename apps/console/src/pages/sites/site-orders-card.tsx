import type { Site, WarmOrder } from '@bootcast/contract'
import { Button, Group, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { useChange } from '../../calls.ts'
import { Confirm } from '../../parts/confirm.tsx'
import { Meter } from '../../parts/meter.tsx'
import { NameShown } from '../../parts/name-shown.tsx'
import { Section } from '../../parts/section.tsx'
import { TimeShown } from '../../parts/time-shown.tsx'
import { useMay } from '../../session.ts'
import { bytes, percent } from '../../sizes.ts'
import { siteTexts as texts } from '../../texts/sites.ts'

/** What was ordered to be fetched, and how far it is; the newest first. */
export function SiteOrdersCard({ site }: { readonly site: Site }) {
  const [taken, setTaken] = useState<WarmOrder>()
  const cancelling = useChange('cancelWarm', { touches: ['showSite'], quiet: true })
  const close = () => {
    cancelling.reset()
    setTaken(undefined)
  }
  const takeBack = () => {
    if (taken === undefined) return
    cancelling.mutate({ params: { name: site.name, id: taken.id } }, { onSuccess: close })
  }
  return (
    <Section title={texts.orders}>
      {site.warm.length === 0 && (
        <Text size="sm" c="dimmed">
          {texts.noOrders}
        </Text>
      )}
      {site.warm.toReversed().map((order) => (
        <Order
          key={order.id}
          order={order}
          isOver={site.state === 'revoked'}
          onTakeBack={() => setTaken(order)}
        />
      ))}
      <Confirm
        opened={taken !== undefined}
        title={texts.takeBackTitle}
        deed={texts.takeBack}
        isBusy={cancelling.isPending}
        error={cancelling.error}
        onConfirm={takeBack}
        onClose={close}
      >
        <NameShown>{taken?.release ?? ''}</NameShown>: {texts.takeBackAbout}
      </Confirm>
    </Section>
  )
}

const isOpen = ({ state }: WarmOrder): boolean =>
  state === 'ordered' || state === 'waiting' || state === 'fetching'

type Shown = { readonly order: WarmOrder; readonly isOver: boolean; readonly onTakeBack: () => void }

function Order({ order, isOver, onTakeBack }: Shown) {
  const mayChange = useMay('sites.change')
  const { release, state, error, orderedAt, orderedBy } = order
  return (
    <Stack gap={4} className="order">
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <div>
          <Text fw={600} size="sm" component="span">
            <NameShown>{release}</NameShown>
          </Text>{' '}
          <Text size="sm" component="span">
            {texts.orderStates[state]}
          </Text>
        </div>
        {mayChange && !isOver && isOpen(order) && (
          <Button
            flex="none"
            size="compact-xs"
            variant="default"
            onClick={onTakeBack}
            aria-label={texts.takeBackOf(release)}
          >
            {texts.takeBack}
          </Button>
        )}
      </Group>
      <Progress order={order} />
      {error !== undefined && (
        <Text size="sm" className="wrong">
          <NameShown>{error}</NameShown>
        </Text>
      )}
      <Text size="xs" c="dimmed">
        <TimeShown at={orderedAt} /> {texts.orderedBy} <NameShown short>{orderedBy}</NameShown>
      </Text>
    </Stack>
  )
}

/** As soon as it is known how much there is to fetch. */
function Progress({ order: { release, state, doneBytes, totalBytes } }: { readonly order: WarmOrder }) {
  if (totalBytes === 0 || state === 'cancelled' || state === 'done') return undefined
  const share = Math.min(1, doneBytes / totalBytes)
  return (
    <>
      <div
        role="progressbar"
        aria-label={texts.progressOf(release)}
        aria-valuenow={Math.floor(share * 100)}
        aria-valuemin={0}
        aria-valuemax={100}
      >
        <Meter label={percent(share)} segments={[{ share, color: state === 'failed' ? 'red' : 'blue' }]} />
      </div>
      <Text size="xs" className="numbers">
        {texts.progress(bytes(doneBytes), bytes(totalBytes))}
      </Text>
    </>
  )
}
