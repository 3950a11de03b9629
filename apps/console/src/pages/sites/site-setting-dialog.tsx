import type { Site } from '@bootcast/contract'
import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core'
import { type SubmitEvent, useState } from 'react'
import { useChange } from '../../calls.ts'
import { Failure } from '../../parts/states.tsx'
import { commonTexts } from '../../texts/common.ts'
import { siteTexts as texts } from '../../texts/sites.ts'
import { changeIn, type GroupName, groups, writtenOf } from './site-settings.ts'

type Asked = { readonly site: Site; readonly group: GroupName | undefined; readonly onClose: () => void }

/** Changes what is decided about one thing. */
export function SiteSettingDialog({ site, group, onClose }: Asked) {
  return (
    <Modal
      opened={group !== undefined}
      onClose={onClose}
      title={group && texts.groups[group]}
      closeButtonProps={{ 'aria-label': commonTexts.close }}
    >
      {group !== undefined && <SettingForm site={site} group={group} onClose={onClose} />}
    </Modal>
  )
}

function SettingForm({ site, group, onClose }: Asked & { readonly group: GroupName }) {
  const [written, setWritten] = useState(() => writtenOf(group, site.settings))
  const [isTried, setTried] = useState(false)
  const changing = useChange('changeSite', { touches: ['showSite', 'listSites'], quiet: true })
  const { change, wrong } = changeIn(written)
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    setTried(true)
    if (wrong.length === 0)
      changing.mutate({ params: { name: site.name }, body: change }, { onSuccess: onClose })
  }
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        {groups[group].map((name, index) => {
          const [label, hint] = texts.fields[name]
          return (
            <TextInput
              key={name}
              label={label}
              description={hint}
              value={written[name] ?? ''}
              onChange={({ currentTarget: { value } }) =>
                setWritten((before) => ({ ...before, [name]: value }))
              }
              error={isTried && wrong.some((one) => one === name) && texts.unreadable(hint)}
              maxLength={40}
              autoComplete="off"
              {...(index === 0 && { 'data-autofocus': true })}
            />
          )
        })}
        <Text size="sm" c="dimmed">
          {texts.changed}
        </Text>
        {changing.error && <Failure error={changing.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {commonTexts.cancel}
          </Button>
          <Button type="submit" loading={changing.isPending}>
            {texts.save}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
