import { ActionIcon, Menu } from '@mantine/core'
import { IconDoorEnter, IconDots, IconPlug, IconTag, IconTrash } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useMay } from '../../session.ts'
import { oneMachineTexts as texts } from '../../texts/machine.ts'
import type { MachineDialog } from './machine-dialogs.tsx'

type Offered = { readonly mac: string; readonly onChoose: (dialog: MachineDialog) => void }

/** What is done to a machine now and then. */
export function MachineMenu({ mac, onChoose }: Offered) {
  const mayOpen = useMay('openings.change')
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <ActionIcon variant="default" size={36} aria-label={texts.more}>
          <IconDots size={20} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconTag size={18} />} onClick={() => onChoose('labels')}>
          {texts.changeLabels}
        </Menu.Item>
        {mayOpen && (
          <Menu.Item
            leftSection={<IconDoorEnter size={18} />}
            renderRoot={(props) => <Link {...props} to="/openings" search={{ for: mac }} />}
          >
            {texts.openFor}
          </Menu.Item>
        )}
        <Menu.Item leftSection={<IconPlug size={18} />} onClick={() => onChoose('answer')}>
          {texts.changeAnswer}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item color="red" leftSection={<IconTrash size={18} />} onClick={() => onChoose('forget')}>
          {texts.forget}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
