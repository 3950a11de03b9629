import { Table } from '@mantine/core'
import { useList } from '../../calls.ts'
import { useBootNews } from '../../live/use-boots.ts'
import { MoreButton } from '../../parts/more-button.tsx'
import { NameShown } from '../../parts/name-shown.tsx'
import { PageHead } from '../../parts/page-head.tsx'

export function BootsPage() {
  const boots = useList('listBoots', { query: {} })
  const again = () => void boots.refetch()
  useBootNews({ onReset: again, onNews: again })
  return (
    <>
      <PageHead title="Boots" />
      <Table>
        <Table.Tbody>
          {boots.items?.map((boot) => (
            <Table.Tr key={boot.id}>
              <Table.Td>
                <NameShown>{boot.mac}</NameShown>
              </Table.Td>
              <Table.Td>{boot.state}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <MoreButton list={boots} />
    </>
  )
}
