import { Button, Group, NativeSelect, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useState } from 'react'
import { useChange } from '../../calls.ts'
import { Confirm } from '../../parts/confirm.tsx'
import { NameShown } from '../../parts/name-shown.tsx'
import { useMay } from '../../session.ts'
import { startTexts as texts } from '../../texts/start.ts'
import { Step, type StepProps } from './step.tsx'

export function DefaultStep({ known: { images, settings }, isDone }: StepProps) {
  const mayChange = useMay('settings.change')
  const names = images.filter(({ newest }) => newest !== undefined).map(({ name }) => name)
  return (
    <Step number={4} title={texts.default} isDone={isDone} isOptional>
      {settings.defaultImage === null ? (
        <Text size="sm">{texts.defaultAbout}</Text>
      ) : (
        <Text size="sm">
          <NameShown>{texts.defaultDone(settings.defaultImage)}</NameShown>
        </Text>
      )}
      {!isDone && mayChange && names.length > 0 && <Choose names={names} />}
    </Step>
  )
}

function Choose({ names }: { readonly names: readonly string[] }) {
  const [chosen, setChosen] = useState<string>()
  const [isAsking, { open, close }] = useDisclosure(false)
  const name = chosen !== undefined && names.includes(chosen) ? chosen : (names[0] ?? '')
  const change = useChange('changeSettings', {
    touches: ['showSettings'],
    done: () => texts.defaultMade(name),
    quiet: true,
  })
  const confirm = () => change.mutate({ body: { defaultImage: name } }, { onSuccess: close })
  return (
    <>
      <Group align="flex-end" gap="sm">
        <NativeSelect
          label={texts.defaultChoose}
          data={[...names]}
          value={name}
          onChange={({ currentTarget }) => setChosen(currentTarget.value)}
        />
        <Button variant="default" onClick={open}>
          {texts.defaultSet}
        </Button>
      </Group>
      <Confirm
        opened={isAsking}
        title={texts.defaultTitle(name)}
        deed={texts.defaultSet}
        isBusy={change.isPending}
        error={change.error}
        onConfirm={confirm}
        onClose={close}
      >
        <Text size="sm">
          <NameShown>{texts.defaultWhat(name)}</NameShown>
        </Text>
        <Text size="sm" mt="xs">
          {texts.defaultUndo}
        </Text>
      </Confirm>
    </>
  )
}
