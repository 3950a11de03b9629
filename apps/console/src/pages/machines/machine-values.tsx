import type { Value } from '@bootcast/contract'
import { ActionIcon, Button, Group, Table, Text } from '@mantine/core'
import { IconPencil, IconTrash } from '@tabler/icons-react'
import { useState } from 'react'
import { useCall, useChange } from '../../calls.ts'
import { Confirm } from '../../parts/confirm.tsx'
import { NameShown } from '../../parts/name-shown.tsx'
import { Section } from '../../parts/section.tsx'
import { Answered } from '../../parts/states.tsx'
import { useMay } from '../../session.ts'
import { valueTexts as texts } from '../../texts/machine.ts'
import { ValueDialog } from './value-dialog.tsx'

type Asked = { readonly name: string; readonly secret: boolean } | undefined

/** What a machine alone says to the templates of its image: its host name, for instance. */
export function MachineValues({ mac }: { readonly mac: string }) {
  const mayChange = useMay('templates.change')
  const [edited, setEdited] = useState<Asked>()
  const [removed, setRemoved] = useState<string>()
  const values = useCall('listValues', { params: { scope: 'machine', of: mac } })
  const remove = useChange('removeValue', { touches: ['listValues', 'explain'], quiet: true })
  const confirm = () =>
    remove.mutate(
      { params: { scope: 'machine', of: mac, name: removed ?? '' } },
      { onSuccess: () => setRemoved(undefined) },
    )
  return (
    <Section
      title={texts.title}
      about={texts.about}
      actions={
        mayChange && (
          <Button variant="default" onClick={() => setEdited({ name: '', secret: false })}>
            {texts.set}
          </Button>
        )
      }
    >
      <Answered query={values}>
        {({ items }) =>
          items.length === 0 ? (
            <Text size="sm" c="dimmed">
              {texts.none}
            </Text>
          ) : (
            <Table verticalSpacing={4} layout="fixed">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{texts.name}</Table.Th>
                  <Table.Th>{texts.value}</Table.Th>
                  <Table.Th visibleFrom="sm">{texts.setBy}</Table.Th>
                  {mayChange && <Table.Td w={90} />}
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {items.map((value) => (
                  <ValueRow
                    key={value.name}
                    value={value}
                    onChange={mayChange ? setEdited : undefined}
                    onRemove={setRemoved}
                  />
                ))}
              </Table.Tbody>
            </Table>
          )
        }
      </Answered>
      <ValueDialog mac={mac} asked={edited} onClose={() => setEdited(undefined)} />
      <Confirm
        opened={removed !== undefined}
        title={texts.removeTitle(removed ?? '')}
        deed={texts.removeDeed}
        isDangerous
        isBusy={remove.isPending}
        error={remove.error}
        onConfirm={confirm}
        onClose={() => setRemoved(undefined)}
      >
        {texts.removeAbout}
      </Confirm>
    </Section>
  )
}

type Row = {
  readonly value: Value
  readonly onChange: ((asked: Asked) => void) | undefined
  readonly onRemove: (name: string) => void
}

function ValueRow({ value: { name, secret, value = '', setBy }, onChange, onRemove }: Row) {
  return (
    <Table.Tr>
      <Table.Td>
        <NameShown>{name}</NameShown>
      </Table.Td>
      <Table.Td>
        {secret ? (
          <Text size="sm" c="dimmed">
            {texts.secret}
          </Text>
        ) : (
          <NameShown>{value}</NameShown>
        )}
      </Table.Td>
      <Table.Td visibleFrom="sm">
        <NameShown short>{setBy}</NameShown>
      </Table.Td>
      {onChange !== undefined && (
        <Table.Td>
          <Group gap={4} justify="flex-end" wrap="nowrap">
            <ActionIcon
              variant="subtle"
              aria-label={texts.change(name)}
              onClick={() => onChange({ name, secret })}
            >
              <IconPencil size={18} />
            </ActionIcon>
            <ActionIcon
              variant="subtle"
              color="red"
              aria-label={texts.remove(name)}
              onClick={() => onRemove(name)}
            >
              <IconTrash size={18} />
            </ActionIcon>
          </Group>
        </Table.Td>
      )}
    </Table.Tr>
  )
}
