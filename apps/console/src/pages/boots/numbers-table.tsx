import type { BootsSummary } from '@bootcast/contract'
import { Group, Table, Text } from '@mantine/core'
import { NameShown } from '../../parts/name-shown.tsx'
import { bytes } from '../../sizes.ts'
import { bootsTexts as texts } from '../../texts/boots.ts'
import { hourText } from './day.ts'

/** What the charts show, in words and numbers. */
export function NumbersTable({ sums: { hours, sites } }: { readonly sums: BootsSummary }) {
  const shown = hours.filter(({ boots }) => boots > 0)
  if (shown.length === 0 && sites.length === 0) return undefined
  return (
    <details className="numbers-table">
      <summary>
        <Text span size="sm">
          {texts.numbers}
        </Text>
      </summary>
      <Group align="flex-start" gap="xl" mt="xs">
        <Table w="auto" aria-label={texts.byHour}>
          <Head
            titles={[texts.hour, texts.hourBoots, texts.hourFailed, texts.hourBytes, texts.hourSiteBytes]}
          />
          <Table.Tbody>
            {shown.map(({ at, boots, failed, bytes: sent, siteBytes }) => (
              <Row
                key={at}
                name={hourText(new Date(at))}
                values={[String(boots), String(failed), bytes(sent), bytes(siteBytes)]}
              />
            ))}
          </Table.Tbody>
        </Table>
        <Table w="auto" aria-label={texts.bySite}>
          <Head titles={[texts.site, texts.hourBoots, texts.hourFailed, texts.hourBytes, texts.siteSaved]} />
          <Table.Tbody>
            {sites.map(({ site, boots, failed, bytes: sent, saved }) => (
              <Row
                key={site ?? ''}
                name={site ?? texts.thePlatform}
                values={[String(boots), String(failed), bytes(sent), saved ? bytes(saved.savedBytes) : '']}
              />
            ))}
          </Table.Tbody>
        </Table>
      </Group>
    </details>
  )
}

function Head({ titles: [name, ...others] }: { readonly titles: readonly string[] }) {
  return (
    <Table.Thead>
      <Table.Tr>
        <Table.Th>{name}</Table.Th>
        {others.map((title) => (
          <Table.Th key={title} ta="right">
            {title}
          </Table.Th>
        ))}
      </Table.Tr>
    </Table.Thead>
  )
}

function Row({ name, values }: { readonly name: string; readonly values: readonly string[] }) {
  return (
    <Table.Tr>
      <Table.Th scope="row" fw={400}>
        <NameShown>{name}</NameShown>
      </Table.Th>
      {values.map((value, n) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: columns stay where they are.
        <Table.Td key={n} ta="right" className="numbers">
          {value}
        </Table.Td>
      ))}
    </Table.Tr>
  )
}
