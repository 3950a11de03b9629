import type { ImageDetail, Release, ReleaseDifference } from '@bootcast/contract'
import { Button, Group, Stack, Text, Title } from '@mantine/core'
import { useInViewport } from '@mantine/hooks'
import { useCall } from '../../calls.ts'
import { Meter } from '../../parts/meter.tsx'
import { NameShown } from '../../parts/name-shown.tsx'
import { bytes } from '../../sizes.ts'
import { commonTexts } from '../../texts/common.ts'
import { differenceTexts as texts } from '../../texts/difference.ts'

type OfRelease = { readonly image: ImageDetail; readonly release: Release }

/** The release before it that is there. */
const beforeOf = ({ releases }: ImageDetail, { number }: Release): number | undefined =>
  releases.find((other) => other.number < number)?.number

/** Asked for when somebody sees it; an answer stays right. */
function useDifference({ image, release }: OfRelease, isSeen: boolean) {
  const from = beforeOf(image, release)
  const input = {
    params: { name: image.name, number: release.number },
    query: from === undefined ? {} : { from },
  }
  const asked = { enabled: isSeen && from !== undefined, isForEver: true } as const
  return { from, ...useCall('showDifference', input, asked) }
}

/** What the release costs a site that has the one before: a line that never keeps the others waiting. */
export function DifferenceLine(of: OfRelease) {
  const { ref, inViewport } = useInViewport()
  const { from, data, error, refetch } = useDifference(of, inViewport)
  if (from === undefined) return undefined
  return (
    <Group ref={ref} gap={6} mih={22}>
      {data !== undefined ? (
        <Text size="sm" className="numbers" title={texts.about(from)}>
          {texts.sum(data, from)}
        </Text>
      ) : error === null ? (
        <Text size="sm" c="dimmed">
          {texts.comparing(from)}
        </Text>
      ) : (
        <Failed error={error} release={of.release.number} onRetry={() => void refetch()} />
      )}
    </Group>
  )
}

type Failing = { readonly error: Error; readonly release: number; readonly onRetry: () => void }

function Failed({ error, release, onRetry }: Failing) {
  return (
    <>
      <Text size="sm" title={error.message}>
        {texts.failed}
      </Text>
      <Button
        size="compact-xs"
        variant="default"
        onClick={onRetry}
        aria-label={texts.again(release)}
        title={error.message}
      >
        {commonTexts.tryAgain}
      </Button>
    </>
  )
}

/** Files that are shown; the others cost less. */
const mostShown = 8

/** Where the new bytes are. */
export function DifferencePart(of: OfRelease) {
  const { from, data } = useDifference(of, true)
  if (from === undefined || data === undefined || data.fetched === 0) return undefined
  const { fetched, size } = data
  return (
    <Stack gap="xs">
      <Title order={3} size="h5">
        {texts.title(from)}
      </Title>
      <Meter label={texts.sum(data, from)} segments={[{ share: fetched / size, color: 'blue' }]} />
      <Text size="sm" c="dimmed">
        {texts.how}
      </Text>
      <Parts difference={data} />
    </Stack>
  )
}

function Parts({ difference: { files, rest } }: { readonly difference: ReleaseDifference }) {
  const changed = files.filter(({ fetched }) => fetched > 0)
  const more = changed.length - mostShown
  return (
    <Stack gap={4} component="ul" m={0} p={0} className="plain-list">
      {changed.slice(0, mostShown).map(({ role, name, digest, size, fetched }) => (
        <Text key={`${role} ${digest}`} component="li" size="sm">
          <b>{role}</b> <NameShown>{name}</NameShown>: {texts.part(fetched, size)}
        </Text>
      ))}
      {more > 0 && (
        <Text component="li" size="sm">
          {texts.moreFiles(more)}
        </Text>
      )}
      {rest.fetched > 0 && (
        <Text component="li" size="sm">
          {texts.rest(bytes(rest.fetched))}
        </Text>
      )}
    </Stack>
  )
}
