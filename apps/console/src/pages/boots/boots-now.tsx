import type { Boot, TimelineEvent } from '@bootcast/contract'
import { eventText } from '@bootcast/contract'
import { Group, Paper, Stack, Text, Title } from '@mantine/core'
import { useList } from '../../calls.ts'
import { type BootFilter, type HeardBoots, merged } from '../../live/heard-boots.ts'
import { BootStateShown } from '../../parts/boot-state.tsx'
import { useLiveNow } from '../../parts/live-mark.tsx'
import { NameShown } from '../../parts/name-shown.tsx'
import { PageLink } from '../../parts/page-link.tsx'
import { bytes } from '../../sizes.ts'
import { bootStateMeanings, bootsTexts as texts } from '../../texts/boots.ts'
import { duration } from '../../times.ts'

/** More stand in the list below. */
const mostShown = 8

type Shown = { readonly filter: BootFilter; readonly heard: HeardBoots }

/** Machines on their way, those that wait last: what each has done at last, in words. */
export function BootsNow({ filter, heard }: Shown) {
  const booting = useGoingOn('booting', filter, heard)
  const waiting = useGoingOn('waiting', filter, heard)
  const boots = [...booting, ...waiting]
  return (
    <section aria-labelledby="now" className="boots-now">
      <Title order={2} size="h4" mb="xs" id="now">
        {texts.now}
      </Title>
      {boots.length === 0 && <Text c="dimmed">{texts.nowNone}</Text>}
      <Stack gap="xs">
        {boots.slice(0, mostShown).map((boot) => (
          <GoingOn key={boot.id} boot={boot} event={heard.get(boot.id)?.event} />
        ))}
      </Stack>
      {boots.length > mostShown && (
        <Text size="sm" mt="xs" c="dimmed">
          {texts.nowMore(boots.length - mostShown)}
        </Text>
      )}
    </section>
  )
}

function useGoingOn(state: 'booting' | 'waiting', filter: BootFilter, heard: HeardBoots): readonly Boot[] {
  const wanted = { ...filter, state }
  const list = useList('listBoots', { query: { limit: 50, ...wanted } })
  const boots = merged({ listed: list.items ?? [], hasMore: list.hasNextPage }, heard, wanted)
  return boots.filter(({ closedAt }) => closedAt === undefined)
}

type One = { readonly boot: Boot; readonly event: TimelineEvent | undefined }

function GoingOn({ boot, event }: One) {
  const now = useLiveNow(1_000)
  return (
    <Paper withBorder p="xs" px="sm">
      <Group gap="md" wrap="wrap" className="going-on">
        <BootStateShown state={boot.state} />
        <PageLink to="/boots/$id" params={{ id: boot.id }} className="numbers" fw={600} size="sm">
          <NameShown>{boot.mac}</NameShown>
        </PageLink>
        {boot.release && (
          <Text size="sm" component="span">
            <NameShown short>{boot.release}</NameShown>
          </Text>
        )}
        {boot.site && <NameShown short>{boot.site}</NameShown>}
        <Text size="sm" className="happening">
          <NameShown>{happening(boot, event)}</NameShown>
        </Text>
        <Text size="sm" c="dimmed" className="numbers">
          {[
            ...(boot.bytes > 0 ? [bytes(boot.bytes)] : []),
            duration(Math.max(0, now.getTime() - Date.parse(boot.beganAt))),
          ].join(' · ')}
        </Text>
      </Group>
    </Paper>
  )
}

function happening(boot: Boot, event: TimelineEvent | undefined): string {
  if (event === undefined) return bootStateMeanings[boot.state]
  const { label, text } = eventText(event, bytes)
  return `${label}: ${text}`
}
