import { Button } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useChange } from '../../calls.ts'
import { Confirm } from '../../parts/confirm.tsx'
import { templateTexts as texts } from '../../texts/templates.ts'

type Asked = { readonly image: string; readonly name: string; readonly onRemove: () => void }

export function RemoveTemplate({ image, name, onRemove }: Asked) {
  const [isAsked, setAsked] = useState(false)
  const navigate = useNavigate()
  const removing = useChange('removeTemplate', {
    touches: ['listAllTemplates'],
    quiet: true,
    done: () => texts.removed,
  })
  const gone = () => {
    onRemove()
    void navigate({ to: '/templates' })
  }
  return (
    <>
      <Button variant="outline" color="red" onClick={() => setAsked(true)}>
        {texts.remove}
      </Button>
      <Confirm
        opened={isAsked}
        title={texts.removeTitle(name)}
        deed={texts.removeDeed}
        isDangerous
        isBusy={removing.isPending}
        error={removing.error}
        onConfirm={() => removing.mutate({ params: { name: image, template: name } }, { onSuccess: gone })}
        onClose={() => setAsked(false)}
      >
        {texts.removeAbout}
      </Confirm>
    </>
  )
}
