import { Button, Code, Modal, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { useChange } from '../../calls.ts'
import { Confirm } from '../../parts/confirm.tsx'
import { NameShown } from '../../parts/name-shown.tsx'
import { useMay } from '../../session.ts'
import { commonTexts } from '../../texts/common.ts'
import { templateTexts as texts } from '../../texts/templates.ts'

type Asked = { readonly image: string; readonly name: string; readonly machine: string }

/** Shows what the machine gets with its secrets, to who may see them; kept nowhere when the dialog is closed. */
export function RevealButton({ image, name, machine }: Asked) {
  const mayReveal = useMay('templates.reveal')
  const [isAsked, setAsked] = useState(false)
  const revealing = useChange('revealTemplate', { touches: [], quiet: true })
  if (!mayReveal) return undefined
  const close = () => {
    revealing.reset()
    setAsked(false)
  }
  const reveal = () => revealing.mutate({ params: { name: image, template: name }, body: { mac: machine } })
  return (
    <>
      <Button size="xs" variant="default" onClick={() => setAsked(true)}>
        {texts.reveal}
      </Button>
      <Confirm
        opened={isAsked && revealing.data === undefined}
        title={texts.revealTitle}
        deed={texts.revealDeed}
        isBusy={revealing.isPending}
        error={revealing.error}
        onConfirm={reveal}
        onClose={close}
      >
        {texts.revealAbout}
      </Confirm>
      <Modal
        opened={revealing.data !== undefined}
        onClose={close}
        title={texts.preview}
        size="xl"
        closeButtonProps={{ 'aria-label': commonTexts.close }}
      >
        <Stack>
          {revealing.data?.files.map((file) => (
            <div key={file.name}>
              <Text size="sm" fw={600}>
                <NameShown>{file.name}</NameShown>
              </Text>
              <Code block className="filled">
                {file.text}
              </Code>
            </div>
          ))}
          <Button variant="default" onClick={close}>
            {texts.hide}
          </Button>
        </Stack>
      </Modal>
    </>
  )
}
