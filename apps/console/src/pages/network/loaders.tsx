import type { FirmwareLoader } from '@bootcast/contract'
import { Button, Table, Text } from '@mantine/core'
import { useState } from 'react'
import { NameShown } from '../../parts/name-shown.tsx'
import { networkTexts as texts } from '../../texts/network.ts'
import { Section } from './section.tsx'

/** Usual machines and those that have a loader; the others on demand. */
export function Loaders({ loaders }: { readonly loaders: readonly FirmwareLoader[] }) {
  const [isAll, setAll] = useState(false)
  const isRare = ({ isUsual, loader }: FirmwareLoader) => !isUsual && loader === undefined
  const rare = loaders.filter(isRare)
  const shown = isAll ? loaders : loaders.filter((one) => !isRare(one))
  return (
    <Section title={texts.loaders} about={texts.loadersAbout}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{texts.firmware}</Table.Th>
            <Table.Th>{texts.loader}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {shown.map(({ firmware, people, platform, transport, loader }) => (
            <Table.Tr key={firmware}>
              <Table.Td>{texts.people(people, platform, transport)}</Table.Td>
              <Table.Td>
                {loader === undefined ? (
                  <Text size="sm" c="dimmed">
                    {texts.noLoader}
                  </Text>
                ) : (
                  <NameShown>{loader}</NameShown>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {!isAll && rare.length > 0 && (
        <div>
          <Button variant="subtle" size="xs" onClick={() => setAll(true)}>
            {texts.unusual(rare.length)}
          </Button>
        </div>
      )}
    </Section>
  )
}
