import type { Boot } from '@bootcast/contract'
import { Card, Group, Stack, Table, Text } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { Fragment } from 'react'
import { BootStateShown } from '../../parts/boot-state.tsx'
import { useLiveNow } from '../../parts/live-mark.tsx'
import { NameShown } from '../../parts/name-shown.tsx'
import { PageLink } from '../../parts/page-link.tsx'
import { TimeShown } from '../../parts/time-shown.tsx'
import { bytes } from '../../sizes.ts'
import { bootsTexts as texts } from '../../texts/boots.ts'
import { duration } from '../../times.ts'
import { spanOf } from './span-of.ts'

type Shown = { readonly boots: readonly Boot[] }

/** Every boot in a row, the newest first, and under each that failed why and what to do. On a phone: cards. */
export function BootsTable({ boots }: Shown) {
  const isWide = useMediaQuery('(min-width: 62em)', undefined, { getInitialValueInEffect: false })
  const hasSites = boots.some(({ site }) => site !== undefined)
  if (isWide !== true)
    return (
      <Stack gap="xs" component="ul" className="plain-list">
        {boots.map((boot) => (
          <BootCard key={boot.id} boot={boot} />
        ))}
      </Stack>
    )
  return (
    <Table verticalSpacing={6} aria-label={texts.all}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{texts.began}</Table.Th>
          <Table.Th>{texts.machine}</Table.Th>
          <Table.Th>{texts.state}</Table.Th>
          <Table.Th>{texts.release}</Table.Th>
          {hasSites && <Table.Th>{texts.site}</Table.Th>}
          <Table.Th ta="right">{texts.bytes}</Table.Th>
          <Table.Th ta="right">{texts.took}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {boots.map((boot) => (
          <BootRow key={boot.id} boot={boot} hasSites={hasSites} />
        ))}
      </Table.Tbody>
    </Table>
  )
}

function BootRow({ boot, hasSites }: { readonly boot: Boot; readonly hasSites: boolean }) {
  const hasCause = boot.cause !== undefined
  return (
    <Fragment>
      <Table.Tr {...(hasCause && { className: 'before-cause' })}>
        <Table.Td>
          <TimeShown at={boot.beganAt} as="clock" />
        </Table.Td>
        <Table.Td>
          <BootLink boot={boot} />
          {boot.product && (
            <Text size="xs" c="dimmed">
              <NameShown short>{boot.product}</NameShown>
            </Text>
          )}
        </Table.Td>
        <Table.Td>
          <BootStateShown state={boot.state} />
        </Table.Td>
        <Table.Td>{boot.release && <NameShown short>{boot.release}</NameShown>}</Table.Td>
        {hasSites && <Table.Td>{boot.site && <NameShown short>{boot.site}</NameShown>}</Table.Td>}
        <Table.Td ta="right" className="numbers">
          {boot.bytes > 0 && bytes(boot.bytes)}
        </Table.Td>
        <Table.Td ta="right">
          <Took boot={boot} />
        </Table.Td>
      </Table.Tr>
      {hasCause && (
        <Table.Tr>
          <Table.Td />
          <Table.Td colSpan={hasSites ? 6 : 5} pt={0}>
            <Cause boot={boot} />
          </Table.Td>
        </Table.Tr>
      )}
    </Fragment>
  )
}

function BootCard({ boot }: { readonly boot: Boot }) {
  return (
    <Card component="li" withBorder padding="sm">
      <Group justify="space-between" wrap="nowrap">
        <BootLink boot={boot} />
        <BootStateShown state={boot.state} />
      </Group>
      <Group gap="sm" mt={4} fz="sm">
        <TimeShown at={boot.beganAt} as="clock" />
        {boot.release && <NameShown short>{boot.release}</NameShown>}
        {boot.site && <NameShown short>{boot.site}</NameShown>}
        {boot.bytes > 0 && <span className="numbers">{bytes(boot.bytes)}</span>}
        <Took boot={boot} />
      </Group>
      <Cause boot={boot} />
    </Card>
  )
}

function BootLink({ boot }: { readonly boot: Boot }) {
  return (
    <PageLink to="/boots/$id" params={{ id: boot.id }} className="numbers" fw={600} size="sm">
      <NameShown>{boot.mac}</NameShown>
    </PageLink>
  )
}

function Took({ boot }: { readonly boot: Boot }) {
  const now = useLiveNow(1_000)
  return <span className="numbers">{duration(spanOf(boot, now))}</span>
}

function Cause({ boot: { cause } }: { readonly boot: Boot }) {
  if (cause === undefined) return undefined
  return (
    <Text size="sm" maw="75ch">
      <NameShown>{cause.text}</NameShown>
      <br />
      <Text span fw={600}>
        {texts.todo}:
      </Text>{' '}
      <NameShown>{cause.todo}</NameShown>
    </Text>
  )
}
