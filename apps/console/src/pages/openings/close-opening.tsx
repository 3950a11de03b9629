import type { Opening } from '@bootcast/contract'
import { Text } from '@mantine/core'
import { useChange } from '../../calls.ts'
import { Confirm } from '../../parts/confirm.tsx'
import { NameShown } from '../../parts/name-shown.tsx'
import { openingTexts as texts } from '../../texts/openings.ts'
import { machinesText } from './opening-words.ts'

type Asked = { readonly opening: Opening | undefined; readonly onClose: () => void }

export function CloseOpening({ opening, onClose }: Asked) {
  const close = useChange('closeOpening', {
    touches: ['listOpenings', 'explain', 'listMachines'],
    quiet: true,
  })
  const confirm = () => {
    if (opening !== undefined) close.mutate({ params: { id: opening.id } }, { onSuccess: onClose })
  }
  return (
    <Confirm
      opened={opening !== undefined}
      title={texts.closeTitle}
      deed={texts.closeDeed}
      isDangerous
      isBusy={close.isPending}
      error={close.error}
      onConfirm={confirm}
      onClose={onClose}
    >
      {opening !== undefined && (
        <Text mb="xs" component="div">
          <NameShown>{texts.closeAbout(opening.image, machinesText(opening.machines))}</NameShown>
        </Text>
      )}
      <Text size="sm">{texts.closeKeeps}</Text>
    </Confirm>
  )
}
