import { macSchema } from '@bootcast/contract'
import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { useChange } from '../../calls.ts'
import { Failure } from '../../parts/states.tsx'
import { commonTexts } from '../../texts/common.ts'
import { machineTexts as texts } from '../../texts/machines.ts'

/** A machine that was never heard is made known, and its page opened. */
export function PrepareMachine() {
  const [isOpen, { open, close }] = useDisclosure(false)
  return (
    <>
      <Button variant="default" onClick={open}>
        {texts.prepare}
      </Button>
      <Modal
        opened={isOpen}
        onClose={close}
        title={texts.prepare}
        closeButtonProps={{ 'aria-label': commonTexts.close }}
      >
        <PrepareForm onClose={close} />
      </Modal>
    </>
  )
}

function PrepareForm({ onClose }: { readonly onClose: () => void }) {
  const [typed, setTyped] = useState('')
  const [isWrong, setIsWrong] = useState(false)
  const navigate = useNavigate()
  const prepare = useChange('changeMachine', { touches: ['listMachines'], quiet: true })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const mac = macSchema.safeParse(typed.trim())
    setIsWrong(!mac.success)
    if (!mac.success) return
    prepare.mutate(
      { params: { mac: mac.data }, body: {} },
      { onSuccess: () => void navigate({ to: '/machines/$mac', params: { mac: mac.data } }) },
    )
  }
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <Text size="sm">{texts.prepareAbout}</Text>
        <TextInput
          label={texts.mac}
          description={texts.macHint}
          error={isWrong && texts.macWrong}
          value={typed}
          onChange={({ currentTarget }) => setTyped(currentTarget.value)}
          maxLength={32}
          required
          autoComplete="off"
          data-autofocus
        />
        {prepare.error && <Failure error={prepare.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {commonTexts.cancel}
          </Button>
          <Button type="submit" loading={prepare.isPending}>
            {texts.prepareDeed}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
