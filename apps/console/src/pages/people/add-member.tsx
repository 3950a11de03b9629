import { Autocomplete, Button, Group, Modal, Stack } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { type FormEvent, useState } from 'react'
import { useChange, useList } from '../../calls.ts'
import { client } from '../../client.ts'
import { Failure } from '../../parts/states.tsx'
import { commonTexts } from '../../texts/common.ts'
import { peopleTexts as texts } from '../../texts/people.ts'

type Asked = { readonly group: string; readonly onClose: () => void }

/** Puts a user into a group, beside the groups that they have at that moment. */
export function AddMember({ group, onClose }: Asked) {
  const [name, setName] = useState('')
  const [error, setError] = useState<Error>()
  const [find] = useDebouncedValue(name, 250)
  const found = useList('listUsers', { query: { find: find === '' ? undefined : find, limit: 20 } })
  const change = useChange('changeUser', {
    touches: ['listUsers', 'listGroups', 'showUser'],
    quiet: true,
    done: (user) => texts.memberAdded(user.name, group),
  })
  const add = async () => {
    const { groups } = await client.call('showUser', { params: { name } })
    await change.mutateAsync({ params: { name }, body: { groups: [...new Set([...groups, group])] } })
    onClose()
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setError(undefined)
    add().catch((failed: Error) => setError(failed))
  }
  return (
    <Modal
      opened
      onClose={onClose}
      title={texts.addMemberTo(group)}
      closeButtonProps={{ 'aria-label': commonTexts.close }}
    >
      <form onSubmit={submit}>
        <Stack>
          <Autocomplete
            label={texts.member}
            description={texts.memberRule}
            value={name}
            onChange={setName}
            data={[...new Set(found.items?.map((user) => user.name))]}
            maxLength={128}
            required
            data-autofocus
          />
          {error && <Failure error={error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {commonTexts.cancel}
            </Button>
            <Button type="submit" loading={change.isPending}>
              {texts.addMember}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
