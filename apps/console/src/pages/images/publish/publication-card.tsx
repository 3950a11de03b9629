import type { Publication, Release } from '@bootcast/contract'
import { Alert, Anchor, Button, Group, List, Paper, Progress, Stack, Text, TextInput } from '@mantine/core'
import { IconAlertTriangle, IconCheck } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { type FormEvent, useRef, useState } from 'react'
import { useChange } from '../../../calls.ts'
import { Confirm } from '../../../parts/confirm.tsx'
import { NameShown } from '../../../parts/name-shown.tsx'
import { bytes, rate as rateText } from '../../../sizes.ts'
import { publishTexts as texts } from '../../../texts/publish.ts'
import { duration } from '../../../times.ts'
import { Pace } from './pace.ts'
import { Heading } from './sending-card.tsx'
import { warningsOf } from './warnings.ts'

type OfPublication = { readonly publication: Publication }

/** A release being made on the platform, or what became of it. */
export function PublicationCard({ publication }: OfPublication) {
  const { input, image, channel, state, release } = publication
  const isOver = state === 'done' || state === 'failed'
  return (
    <Paper withBorder p="sm" role="group" aria-label={input.name}>
      <Stack gap={6}>
        <Heading name={input.name} about={texts.becomes(image, channel ?? null)}>
          {isOver ? <Dismiss publication={publication} /> : <Cancel publication={publication} />}
        </Heading>
        {!isOver && <Stage publication={publication} />}
        {release && <Done release={release} />}
        {state === 'failed' && <Failed publication={publication} />}
      </Stack>
    </Paper>
  )
}

function Stage({ publication: { state, stage, done, total } }: OfPublication) {
  const pace = usePace(stage, done)
  const name = state === 'waiting' || stage === undefined ? texts.stageWaiting : texts.stages[stage]
  const left = total === undefined ? undefined : pace.left(total)
  const { rate } = pace
  const line = [
    name,
    ...(done === undefined ? [] : [total === undefined ? bytes(done) : texts.howFar(done, total)]),
    ...(rate === undefined || rate <= 0 ? [] : [rateText(rate)]),
    ...(left === undefined ? [] : [texts.left(duration(left))]),
  ].join(', ')
  const share = total === undefined || total === 0 ? 100 : (100 * (done ?? 0)) / total
  return (
    <>
      <Progress value={share} animated={total === undefined} aria-label={name} />
      <Text size="sm" role="status">
        {line}
      </Text>
    </>
  )
}

/** A pace of each stage, fed whenever the platform has said how far it is. */
function usePace(stage: string | undefined, done: number | undefined): Pace {
  const kept = useRef({ stage, done: -1, pace: new Pace() })
  if (kept.current.stage !== stage) kept.current = { stage, done: -1, pace: new Pace() }
  if (done !== undefined && kept.current.done !== done) {
    kept.current.done = done
    kept.current.pace.at(done, Date.now())
  }
  return kept.current.pace
}

function Done({ release }: { readonly release: Release }) {
  const { image, number, variants } = release
  const warnings = warningsOf(release)
  const known = variants.flatMap(({ recognised }) => (recognised === undefined ? [] : [recognised]))
  const words = [...new Set(known.map(({ as, because }) => texts.recognised(as, because)))]
  return (
    <Stack gap={4}>
      <Group gap={6} wrap="nowrap" align="flex-start">
        <IconCheck size={20} color="var(--mantine-color-green-7)" aria-hidden />
        <Text size="sm" role="status">
          {texts.done(image, number)}{' '}
          <Anchor
            underline="always"
            renderRoot={(props) => (
              <Link to="/images/$name" params={{ name: image }} search={{ release: number }} {...props} />
            )}
          >
            {texts.show}
          </Anchor>
        </Text>
      </Group>
      {words.map((text) => (
        <Text key={text} size="sm" component="div">
          <NameShown>{text}</NameShown>
        </Text>
      ))}
      {warnings.length > 0 && (
        <List
          size="sm"
          icon={<IconAlertTriangle size={16} color="var(--mantine-color-orange-6)" aria-hidden />}
        >
          {warnings.map((warning) => (
            <List.Item key={warning}>{warning}</List.Item>
          ))}
        </List>
      )}
    </Stack>
  )
}

function Failed({ publication }: OfPublication) {
  const { problem, input } = publication
  const mayBeSaid = problem?.code === 'unreadable_input' && input.blob !== undefined
  return (
    <>
      <Alert color="red" variant="light" icon={<IconAlertTriangle />} title={texts.ended}>
        <NameShown>{problem?.detail ?? ''}</NameShown>
      </Alert>
      {mayBeSaid && <OtherRecipe publication={publication} />}
    </>
  )
}

/** What nothing recognised is still on the platform. */
function OtherRecipe({ publication: { id, image, channel, input } }: OfPublication) {
  const [recipe, setRecipe] = useState('')
  const dismissing = useChange('cancelPublication', { touches: ['listPublications'] })
  const publishing = useChange('publishInput', { touches: ['listPublications'] })
  const publish = (event: FormEvent) => {
    event.preventDefault()
    const kept = { blob: input.blob ?? '', name: harmless(input.name) }
    publishing.mutate(
      { params: { name: image }, body: { input: kept, channel: channel ?? null, recipe } },
      { onSuccess: () => dismissing.mutate({ params: { id } }) },
    )
  }
  return (
    <form onSubmit={publish}>
      <Group align="flex-end" gap="xs">
        <TextInput
          label={texts.recipe}
          description={texts.otherRecipeAbout}
          value={recipe}
          onChange={({ currentTarget }) => setRecipe(currentTarget.value)}
          maxLength={64}
        />
        <Button type="submit" variant="default" disabled={recipe === ''} loading={publishing.isPending}>
          {texts.otherRecipe}
        </Button>
      </Group>
    </form>
  )
}

/** As file names of the API are. */
const harmless = (name: string): string =>
  name
    .replace(/[^A-Za-z0-9._+~-]/g, '_')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 128) || 'image'

function Dismiss({ publication: { id, input } }: OfPublication) {
  const dismissing = useChange('cancelPublication', { touches: ['listPublications'] })
  return (
    <Button
      size="xs"
      variant="default"
      loading={dismissing.isPending}
      onClick={() => dismissing.mutate({ params: { id } })}
      aria-label={texts.dismissOf(input.name)}
    >
      {texts.dismiss}
    </Button>
  )
}

function Cancel({ publication: { id, input } }: OfPublication) {
  const [opened, setOpened] = useState(false)
  const cancelling = useChange('cancelPublication', { touches: ['listPublications'], quiet: true })
  return (
    <>
      <Button
        size="xs"
        variant="default"
        onClick={() => setOpened(true)}
        aria-label={texts.cancelOf(input.name)}
      >
        {texts.cancel}
      </Button>
      <Confirm
        opened={opened}
        onClose={() => setOpened(false)}
        title={texts.cancelTitle}
        deed={texts.cancelDeed}
        isDangerous
        isBusy={cancelling.isPending}
        error={cancelling.error}
        onConfirm={() => cancelling.mutate({ params: { id } }, { onSuccess: () => setOpened(false) })}
      >
        {texts.cancelPublication}
      </Confirm>
    </>
  )
}
