import {
  aboutRoles,
  may,
  type Permission,
  permissionNames,
  permissions,
  type Role,
  roles,
} from '@bootcast/contract'
import { List, NativeSelect, Stack, Table, Text, VisuallyHidden } from '@mantine/core'
import { IconCheck } from '@tabler/icons-react'
import { useState } from 'react'
import { roleTexts } from '../../texts/common.ts'
import { peopleTexts as texts } from '../../texts/people.ts'

/** The one table by which the platform decides. */
export function RolesTab() {
  return (
    <Stack>
      <Text size="sm" c="dimmed">
        {texts.rolesAbout}
      </Text>
      <Matrix />
      <OneRole />
    </Stack>
  )
}

function Matrix() {
  return (
    <Table visibleFrom="sm" verticalSpacing={4} highlightOnHover stickyHeader stickyHeaderOffset={52}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{texts.permission}</Table.Th>
          {roles.map((role) => (
            <Table.Th key={role} ta="center" title={aboutRoles[role]}>
              {roleTexts[role]}
            </Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {permissionNames.map((permission) => (
          <Table.Tr key={permission}>
            <Table.Th scope="row" fw={400}>
              {permissions[permission].about}{' '}
              <Text span size="xs" c="dimmed" ff="monospace">
                {permission}
              </Text>
            </Table.Th>
            {roles.map((role) => (
              <Table.Td key={role} ta="center">
                <Mark role={role} permission={permission} />
              </Table.Td>
            ))}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}

function Mark({ role, permission }: { readonly role: Role; readonly permission: Permission }) {
  if (!may(role, permission)) return <VisuallyHidden>{texts.no}</VisuallyHidden>
  return (
    <>
      <IconCheck size={18} aria-hidden />
      <VisuallyHidden>{texts.yes}</VisuallyHidden>
    </>
  )
}

/** On a phone: one role at a time. */
function OneRole() {
  const [role, setRole] = useState<Role>('operator')
  return (
    <Stack hiddenFrom="sm" gap="sm">
      <NativeSelect
        label={texts.chooseRole}
        description={aboutRoles[role]}
        value={role}
        onChange={({ currentTarget }) => setRole(roles.find((each) => each === currentTarget.value) ?? role)}
        data={roles.map((each) => ({ value: each, label: roleTexts[each] }))}
      />
      <List size="sm" spacing={6} icon={<IconCheck size={16} aria-hidden />}>
        {permissionNames
          .filter((permission) => may(role, permission))
          .map((permission) => (
            <List.Item key={permission}>{permissions[permission].about}</List.Item>
          ))}
      </List>
    </Stack>
  )
}
