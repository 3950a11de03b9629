import type { User } from '@bootcast/contract'
import { Drawer, Stack } from '@mantine/core'
import { getRouteApi } from '@tanstack/react-router'
import { useCall } from '../../calls.ts'
import { NameShown } from '../../parts/name-shown.tsx'
import { Answered } from '../../parts/states.tsx'
import { TimeShown } from '../../parts/time-shown.tsx'
import { useMay } from '../../session.ts'
import { commonTexts, roleTexts, sourceTexts } from '../../texts/common.ts'
import { peopleTexts as texts } from '../../texts/people.ts'
import { KeepOut } from './keep-out.tsx'
import { NamesShown } from './names-shown.tsx'
import { SetPassword } from './set-password.tsx'
import { UserForm } from './user-form.tsx'

const route = getRouteApi('/people')

/** One user: what is known of them, and what can be done about them. */
export function UserDrawer({ name }: { readonly name: string }) {
  const navigate = route.useNavigate()
  const user = useCall('showUser', { params: { name } })
  const close = () =>
    void navigate({ search: (before) => ({ ...before, user: undefined }), resetScroll: false })
  return (
    <Drawer
      opened
      onClose={close}
      position="right"
      title={<NameShown>{name}</NameShown>}
      closeButtonProps={{ 'aria-label': commonTexts.close }}
    >
      <Answered query={user}>{(found) => <UserShown user={found} onGone={close} />}</Answered>
    </Drawer>
  )
}

function UserShown({ user, onGone }: { readonly user: User; readonly onGone: () => void }) {
  const mayChange = useMay('users.change')
  return (
    <Stack gap="lg">
      <Facts user={user} withAll={!mayChange || user.source !== 'local'} />
      {mayChange && user.source === 'local' && (
        <>
          <UserForm key={`${user.role} ${user.groups.join()}`} user={user} />
          <SetPassword user={user} />
        </>
      )}
      {mayChange && <KeepOut user={user} onGone={onGone} />}
    </Stack>
  )
}

function Facts({ user, withAll }: { readonly user: User; readonly withAll: boolean }) {
  const { source, disabled, role, groups, createdAt } = user
  const facts: readonly (readonly [string, React.ReactNode])[] = [
    [texts.state, disabled ? texts.disabled : texts.enabled],
    ...(withAll
      ? ([
          [texts.role, roleTexts[role]],
          [texts.groups, <NamesShown key="groups" names={groups} none={texts.noGroups} />],
        ] as const)
      : []),
    [texts.source, sourceTexts[source]],
    [texts.created, <TimeShown key="created" at={createdAt} as="clock" />],
  ]
  return (
    <div>
      <dl className="facts">
        {facts.map(([title, shown]) => (
          <div key={title}>
            <dt>{title}</dt>
            <dd>{shown}</dd>
          </div>
        ))}
      </dl>
      {source !== 'local' && <p>{texts.groupsElsewhere(sourceTexts[source])}</p>}
    </div>
  )
}
