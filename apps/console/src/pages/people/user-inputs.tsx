import { aboutRoles, groupNameSchema, type Role, roles } from '@bootcast/contract'
import { NativeSelect, TagsInput } from '@mantine/core'
import { useList } from '../../calls.ts'
import { roleTexts } from '../../texts/common.ts'
import { peopleTexts as texts } from '../../texts/people.ts'

type RoleAsked = {
  readonly value: Role
  readonly onChange: (role: Role) => void
  readonly disabled?: boolean
  readonly offered?: readonly Role[]
  readonly label?: string
  readonly about?: string
}

/** One role, and what it is for. */
export function RoleInput({ value, onChange, disabled, offered = roles, label, about }: RoleAsked) {
  return (
    <NativeSelect
      label={label ?? texts.role}
      description={[about, aboutRoles[value]].filter(Boolean).join(' ')}
      value={value}
      disabled={disabled === true}
      onChange={({ currentTarget }) => {
        const chosen = offered.find((role) => role === currentTarget.value)
        if (chosen !== undefined) onChange(chosen)
      }}
      data={offered.map((role) => ({ value: role, label: roleTexts[role] }))}
    />
  )
}

type NamesAsked = {
  readonly value: string[]
  readonly onChange: (names: string[]) => void
  readonly error?: string | undefined
  readonly disabled?: boolean
  readonly label?: string
  readonly about?: string
}

/** Names of groups, those that there are offered. What cannot be a name is not taken. */
export function GroupsInput({ value, onChange, error, disabled, label, about }: NamesAsked) {
  const known = useList('listGroups', { query: { limit: 200 } })
  return (
    <TagsInput
      label={label ?? texts.groups}
      description={about ?? texts.groupsRule}
      value={value}
      onChange={(names) => onChange(names.filter((name) => groupNameSchema.safeParse(name).success))}
      data={known.items?.map(({ name }) => name) ?? []}
      error={error}
      disabled={disabled === true}
      maxTags={200}
      clearable={false}
      splitChars={[',']}
    />
  )
}
