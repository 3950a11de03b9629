import { ApiError, type BootDetail } from '@bootcast/contract'
import { Alert, SimpleGrid, Text, Title } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { getRouteApi } from '@tanstack/react-router'
import { useCall } from '../../calls.ts'
import { useHeardOfBoot } from '../../live/use-heard-of-boot.ts'
import { BootStateShown } from '../../parts/boot-state.tsx'
import { LiveMark, useStaleClass } from '../../parts/live-mark.tsx'
import { NameShown } from '../../parts/name-shown.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { PageLink } from '../../parts/page-link.tsx'
import { Answered } from '../../parts/states.tsx'
import { bootTexts as texts } from '../../texts/boots.ts'
import { BootFacts } from './boot-facts.tsx'
import { BootTimeline } from './boot-timeline.tsx'
import { isGoingOn } from './span-of.ts'
import './boots.css'

const route = getRouteApi('/boots/$id')

/** One boot: how it ended and what to do, what is known of it, and all that happened; live while it goes on. */
export function BootPage() {
  const { id } = route.useParams()
  return <OneBoot key={id} id={id} />
}

function OneBoot({ id }: { readonly id: string }) {
  const call = useCall('showBoot', { params: { id } })
  const asOfNow = useHeardOfBoot(id)
  const isGone = call.error instanceof ApiError && goneCodes.has(call.error.code)
  const stale = useStaleClass()
  if (isGone) return <NoSuchBoot />
  return (
    <Answered query={call}>
      {(detail) => {
        const boot = asOfNow(detail)
        return (
          <>
            <PageHead title={texts.title(boot.mac)} about={<Above boot={boot} />}>
              {boot.closedAt === undefined && <LiveMark />}
            </PageHead>
            <div {...(boot.closedAt === undefined && stale)}>
              <Verdict boot={boot} />
              <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="xl">
                <BootFacts boot={boot} />
                <BootTimeline boot={boot} />
              </SimpleGrid>
              {isGoingOn(boot) && (
                <Text size="sm" mt="md">
                  {texts.goesOn}
                </Text>
              )}
            </div>
          </>
        )
      }}
    </Answered>
  )
}

const goneCodes: ReadonlySet<string> = new Set(['boot_not_found', 'invalid_request'])

function NoSuchBoot() {
  return (
    <>
      <PageHead title={texts.gone} about={texts.goneTodo} />
      <PageLink to="/">{texts.back}</PageLink>
    </>
  )
}

function Above({ boot }: { readonly boot: BootDetail }) {
  return <BootStateShown state={boot.state} />
}

function Verdict({ boot: { cause, state } }: { readonly boot: BootDetail }) {
  if (cause === undefined) return undefined
  const isFailed = state === 'failed'
  return (
    <Alert
      color={isFailed ? 'red' : 'gray'}
      variant="outline"
      className="verdict"
      icon={<IconAlertTriangle />}
      title={isFailed ? texts.failed : texts.abandoned}
      mb="lg"
    >
      <Text c="var(--mantine-color-text)">
        <NameShown>{cause.text}</NameShown>
      </Text>
      <Title order={2} size="h5" mt="sm" c="var(--mantine-color-text)">
        {texts.todo}
      </Title>
      <Text c="var(--mantine-color-text)">
        <NameShown>{cause.todo}</NameShown>
      </Text>
      <Text size="sm" mt="xs" c="var(--mantine-color-text)">
        {texts.code}: <code>{cause.code}</code>
      </Text>
    </Alert>
  )
}
