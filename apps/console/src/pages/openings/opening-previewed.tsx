import type { OpeningCriteria, OpeningPreview } from '@bootcast/contract'
import { Box, Paper, Text } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useCall } from '../../calls.ts'
import { NameShown } from '../../parts/name-shown.tsx'
import { Answered } from '../../parts/states.tsx'
import { openTexts as texts } from '../../texts/openings.ts'
import { productOf } from '../machines/machine-words.ts'

/** Which known machines it would mean, while it is being written. Absent: that is not whole yet. */
export function OpeningPreviewed({ criteria }: { readonly criteria: OpeningCriteria | undefined }) {
  const key = criteria === undefined ? undefined : JSON.stringify(criteria)
  const [asked] = useDebouncedValue(key, 250)
  const preview = useCall(
    'previewOpening',
    { query: JSON.parse(asked ?? '{}') as OpeningCriteria },
    { enabled: asked !== undefined },
  )
  return (
    <Paper withBorder p="sm" aria-live="polite" component="section" aria-label={texts.preview}>
      <Text size="sm" fw={600}>
        {texts.preview}
      </Text>
      {asked === undefined || key === undefined ? (
        <Text size="sm" c="dimmed">
          {texts.previewWaits}
        </Text>
      ) : (
        <Answered query={preview}>
          {(found) => <Found found={found} isBySubnet={criteria?.subnet !== undefined} />}
        </Answered>
      )}
    </Paper>
  )
}

type FoundShown = { readonly found: OpeningPreview; readonly isBySubnet: boolean }

function Found({ found: { matches, compared, isWhole, machines }, isBySubnet }: FoundShown) {
  if (matches === 0)
    return (
      <Text size="sm" c="dimmed">
        {texts.previewNone}
      </Text>
    )
  return (
    <>
      <Text size="sm">
        {(isWhole ? texts.previewCount : texts.previewPart)(matches, compared)}
        {isBySubnet && ` ${texts.bySubnet}`}
      </Text>
      <Box component="ul" className="previewed">
        {machines.map((machine) => (
          <li key={machine.mac}>
            <span className="numbers">{machine.mac}</span>{' '}
            <NameShown short>{productOf(machine) ?? machine.address ?? ''}</NameShown>
          </li>
        ))}
      </Box>
      {matches > machines.length && (
        <Text size="sm" c="dimmed">
          {texts.previewMore(matches - machines.length)}
        </Text>
      )}
    </>
  )
}
