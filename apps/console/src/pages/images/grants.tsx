import type { GrantsChange, ImageDetail } from '@bootcast/contract'
import { Button, Group, Pill, SegmentedControl, Switch, Text, TextInput, Title } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useChange } from '../../calls.ts'
import { NameShown } from '../../parts/name-shown.tsx'
import { useMay } from '../../session.ts'
import { imageTexts as texts } from '../../texts/images.ts'

type OfImage = { readonly image: ImageDetail }

/** Who may boot it besides those whose role boots every image. */
export function GrantsPart({ image }: OfImage) {
  const mayChange = useMay('grants.change')
  const changing = useChange('changeGrants', { touches: ['showImage'] })
  const { grants } = image
  if (grants === undefined) return undefined
  const change = (body: GrantsChange) => changing.mutate({ params: { name: image.name }, body })
  const isEmpty = grants.users.length + grants.groups.length === 0
  return (
    <section aria-labelledby="grants">
      <Title order={2} size="h4" id="grants">
        {texts.grantsTitle}
      </Title>
      <Text c="dimmed" size="sm" mb="xs">
        {texts.grantsAbout}
      </Text>
      {mayChange ? (
        <Switch
          label={texts.everyone}
          checked={grants.everyone}
          onChange={({ currentTarget }) => change({ everyone: currentTarget.checked })}
          disabled={changing.isPending}
          mb="sm"
        />
      ) : (
        grants.everyone && <Text>{texts.everyone}</Text>
      )}
      {isEmpty && !grants.everyone && <Text size="sm">{texts.nobodyElse}</Text>}
      <Names
        label={texts.users}
        names={grants.users}
        onRemove={mayChange ? (name) => change({ disallow: { users: [name] } }) : undefined}
      />
      <Names
        label={texts.groups}
        names={grants.groups}
        onRemove={mayChange ? (name) => change({ disallow: { groups: [name] } }) : undefined}
      />
      {mayChange && (
        <AllowForm
          isBusy={changing.isPending}
          onAllow={(kind, name) => change({ allow: { [kind]: [name] } })}
        />
      )}
    </section>
  )
}

type Listed = {
  readonly label: string
  readonly names: readonly string[]
  readonly onRemove: ((name: string) => void) | undefined
}

function Names({ label, names, onRemove }: Listed) {
  if (names.length === 0) return undefined
  return (
    <Group gap="xs" mb="xs">
      <Text size="sm" fw={600}>
        {label}
      </Text>
      {names.map((name) => (
        <Pill
          key={name}
          size="md"
          {...(onRemove !== undefined && {
            withRemoveButton: true,
            onRemove: () => onRemove(name),
            removeButtonProps: { 'aria-label': texts.disallow(name), 'aria-hidden': false, tabIndex: 0 },
          })}
        >
          <NameShown short>{name}</NameShown>
        </Pill>
      ))}
    </Group>
  )
}

type Form = { readonly isBusy: boolean; readonly onAllow: (kind: 'users' | 'groups', name: string) => void }

function AllowForm({ isBusy, onAllow }: Form) {
  const [kind, setKind] = useState<'users' | 'groups'>('users')
  const [name, setName] = useState('')
  const allow = (event: FormEvent) => {
    event.preventDefault()
    onAllow(kind, name)
    setName('')
  }
  return (
    <Group component="form" gap="xs" onSubmit={allow}>
      <SegmentedControl
        size="xs"
        aria-label={texts.kind}
        value={kind}
        onChange={(value) => setKind(value === 'groups' ? 'groups' : 'users')}
        data={[
          { value: 'users', label: texts.user },
          { value: 'groups', label: texts.group },
        ]}
      />
      <TextInput
        size="xs"
        aria-label={texts.allowWhom}
        placeholder={texts.allowWhom}
        value={name}
        onChange={({ currentTarget }) => setName(currentTarget.value)}
        maxLength={128}
        flex="1 1 10rem"
        maw={280}
      />
      <Button size="xs" type="submit" variant="default" disabled={name.trim() === ''} loading={isBusy}>
        {texts.allow}
      </Button>
    </Group>
  )
}
