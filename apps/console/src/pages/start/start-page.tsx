import { Alert, Anchor, Progress, Stack, Text } from '@mantine/core'
import { IconCircleCheck } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useCall, useList } from '../../calls.ts'
import { useBootNews } from '../../live/use-boots.ts'
import { PageHead } from '../../parts/page-head.tsx'
import { Answered } from '../../parts/states.tsx'
import { startTexts as texts } from '../../texts/start.ts'
import { BootStep } from './boot-step.tsx'
import { DefaultStep } from './default-step.tsx'
import { HeardStep } from './heard-step.tsx'
import { ImageStep } from './image-step.tsx'
import { LoadersStep } from './loaders-step.tsx'
import { type Known, needed, stepsOf } from './steps.ts'

/** From an empty platform to the first machine that starts; each step ticks itself. */
export function StartPage() {
  const known = useKnown()
  return (
    <>
      <PageHead title={texts.title} about={texts.about} />
      <Answered query={known}>{(data) => <Steps known={data} />}</Answered>
    </>
  )
}

/** How often it is looked whether a step is done of which no news come, milliseconds. */
const every = 3_000

function useKnown() {
  const network = useCall('showNetwork', {}, { every })
  const images = useList('listImages', { query: { limit: 200 } }, { every })
  const settings = useCall('showSettings', {}, { every })
  const boots = useCall('listBoots', { query: { limit: 20 } })
  const queries = useQueryClient()
  const again = () => void queries.invalidateQueries({ queryKey: ['listBoots'] })
  useBootNews({ onReset: again, onNews: again })
  const all = [network, images, settings, boots]
  return {
    data: allOf(network.data, images.items, settings.data, boots.data?.items),
    error: all.find(({ error }) => error !== null)?.error ?? null,
    dataUpdatedAt: Math.min(...all.map(({ dataUpdatedAt }) => dataUpdatedAt)),
    refetch: () => Promise.all(all.map(({ refetch }) => refetch())),
  }
}

type Maybe<T> = { readonly [K in keyof T]: T[K] | undefined }

/** Nothing is said of the steps before all is known. */
function allOf(
  ...[network, images, settings, boots]: Maybe<
    [Known['network'], Known['images'], Known['settings'], Known['boots']]
  >
): Known | undefined {
  if (network === undefined || images === undefined || settings === undefined || boots === undefined)
    return undefined
  return { network, images, settings, boots }
}

function Steps({ known }: { readonly known: Known }) {
  const steps = stepsOf(known)
  const done = needed.filter((name) => steps[name]).length
  return (
    <Stack gap="md" maw={860}>
      {steps.boot && <Ready />}
      <div>
        <Text size="sm" mb={4} role="status">
          {texts.progress(done, needed.length)}
        </Text>
        <Progress value={(done / needed.length) * 100} aria-label={texts.progress(done, needed.length)} />
      </div>
      <LoadersStep known={known} isDone={steps.loaders} />
      <HeardStep known={known} isDone={steps.heard} />
      <ImageStep known={known} isDone={steps.image} />
      <DefaultStep known={known} isDone={steps.default} />
      <BootStep known={known} isDone={steps.boot} />
    </Stack>
  )
}

function Ready() {
  return (
    <Alert color="green" variant="light" icon={<IconCircleCheck />} title={texts.ready}>
      <Text size="sm">
        {texts.readyAbout}{' '}
        <Anchor component={Link} to="/" size="sm" c="inherit" underline="always">
          {texts.toBoots}
        </Anchor>
      </Text>
    </Alert>
  )
}
