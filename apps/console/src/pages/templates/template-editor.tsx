import type { Template } from '@bootcast/contract'
import { Alert, Badge, Button, SimpleGrid, Stack, Text } from '@mantine/core'
import { useBlocker } from '@tanstack/react-router'
import { useRef, useState } from 'react'
import { useChange } from '../../calls.ts'
import { Confirm } from '../../parts/confirm.tsx'
import { NameShown } from '../../parts/name-shown.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { PageLink } from '../../parts/page-link.tsx'
import { Failure } from '../../parts/states.tsx'
import { TimeShown } from '../../parts/time-shown.tsx'
import { useMay } from '../../session.ts'
import { templateTexts as texts } from '../../texts/templates.ts'
import { RemoveTemplate } from './remove-template.tsx'
import { bodyOf, type Draft } from './template-draft.ts'
import { TemplatePreviewCard } from './template-preview-card.tsx'
import { TemplateSettings } from './template-settings.tsx'
import { TemplateTextCard } from './template-text-card.tsx'
import { useChecked } from './use-checked.ts'
import { useDraft } from './use-draft.ts'
import { VariablesCard } from './variables-card.tsx'

type Edited = {
  readonly image: string
  readonly name: string
  /** Absent: it is new. */
  readonly kept: Template | undefined
  readonly start?: Draft
  readonly query?: { readonly error: Error | null; readonly refetch: () => unknown }
}

export function TemplateEditor({ image, name, kept, start, query }: Edited) {
  const mayChange = useMay('templates.change')
  const edited = useDraft(kept, start)
  const { draft, change, isDirty, theirs, take } = edited
  const isGone = useRef(false)
  const removed = () => {
    isGone.current = true
  }
  const checked = useChecked({ image, name, draft, isWanted: mayChange })
  const saving = useChange('putTemplate', {
    touches: ['showTemplate', 'previewTemplate', 'listAllTemplates'],
    quiet: true,
    done: () => texts.saved,
  })
  const save = () =>
    saving.mutate({ params: { name: image, template: name }, body: bodyOf(draft) }, { onSuccess: take })
  return (
    <>
      <PageHead title={`${image} / ${name}`} about={<About kept={kept} />}>
        {mayChange && isDirty && (
          <Badge variant="default" tt="none">
            {texts.unsaved}
          </Badge>
        )}
        {mayChange && kept && isDirty && <Discard onDiscard={edited.discard} />}
        {mayChange && kept && <RemoveTemplate image={image} name={name} onRemove={removed} />}
        {mayChange && (
          <Button onClick={save} disabled={!isDirty} loading={saving.isPending}>
            {texts.save}
          </Button>
        )}
      </PageHead>
      <Stack>
        {query?.error && <Failure error={query.error} onRetry={() => void query.refetch()} />}
        {saving.error && <Failure error={saving.error} />}
        {kept === undefined && <Alert color="blue">{texts.notKept}</Alert>}
        {theirs && <Theirs theirs={theirs} onTake={() => take(theirs)} />}
        <TemplateTextCard draft={draft} onChange={change} checked={checked} isReadOnly={!mayChange} />
        <SimpleGrid cols={{ base: 1, md: 2 }}>
          <Stack>
            <VariablesCard image={image} draft={draft} onChange={change} />
            <TemplateSettings draft={draft} onChange={change} isReadOnly={!mayChange} />
          </Stack>
          <TemplatePreviewCard
            image={image}
            name={name}
            draft={draft}
            isDirty={isDirty}
            problems={checked.problems}
          />
        </SimpleGrid>
      </Stack>
      <Leaving
        isHeld={() => mayChange && isDirty && !isGone.current && !(kept === undefined && isEmpty(draft))}
      />
    </>
  )
}

/** Nothing is lost with what nobody has written. */
const isEmpty = ({ files, variables }: Draft) =>
  variables.length === 0 && files.every(({ text }) => text === '')

function About({ kept }: { readonly kept: Template | undefined }) {
  return (
    <>
      <PageLink to="/templates" size="sm">
        {texts.title}
      </PageLink>
      {kept && (
        <>
          {` · ${kept.format} · ${kept.isNamed ? texts.used : texts.notUsed} · ${texts.changedBy} `}
          <NameShown short>{kept.changedBy}</NameShown> <TimeShown at={kept.changedAt} />
        </>
      )}
    </>
  )
}

function Discard({ onDiscard }: { readonly onDiscard: () => void }) {
  const [isAsked, setAsked] = useState(false)
  const discard = () => {
    onDiscard()
    setAsked(false)
  }
  return (
    <>
      <Button variant="default" onClick={() => setAsked(true)}>
        {texts.discard}
      </Button>
      <Confirm
        opened={isAsked}
        title={texts.discardTitle}
        deed={texts.discard}
        isDangerous
        onConfirm={discard}
        onClose={() => setAsked(false)}
      >
        {texts.discardAbout}
      </Confirm>
    </>
  )
}

function Theirs({ theirs, onTake }: { readonly theirs: Template; readonly onTake: () => void }) {
  return (
    <Alert color="orange" role="alert">
      <Stack gap="xs" align="flex-start">
        <Text size="sm">
          <NameShown>{texts.theirs(theirs.changedBy)}</NameShown>
        </Text>
        <Button size="xs" variant="default" onClick={onTake}>
          {texts.takeTheirs}
        </Button>
      </Stack>
    </Alert>
  )
}

/** Asks before what is not saved is lost: within the console by a dialog, beyond it the browser does. */
function Leaving({ isHeld }: { readonly isHeld: () => boolean }) {
  const blocker = useBlocker({
    // Another file, or another machine, is the same page.
    shouldBlockFn: ({ current, next }) => current.pathname !== next.pathname && isHeld(),
    enableBeforeUnload: isHeld,
    withResolver: true,
  })
  return (
    <Confirm
      opened={blocker.status === 'blocked'}
      title={texts.leaveTitle}
      deed={texts.leave}
      isDangerous
      onConfirm={() => blocker.proceed?.()}
      onClose={() => blocker.reset?.()}
    >
      {texts.leaveAbout}
    </Confirm>
  )
}
