import type { BootTest, Release } from '@bootcast/contract'
import { Button, Code, Group, ScrollArea, SimpleGrid, Stack, Text, Title } from '@mantine/core'
import { IconCheck, IconX } from '@tabler/icons-react'
import { useState } from 'react'
import { useCall } from '../../calls.ts'
import { CopyText } from '../../parts/copy-text.tsx'
import { NameShown } from '../../parts/name-shown.tsx'
import { Answered } from '../../parts/states.tsx'
import { TimeShown } from '../../parts/time-shown.tsx'
import { imagesTexts, imageTexts as texts } from '../../texts/images.ts'
import { ScreenShown } from './screen-shown.tsx'

/** How a release booted when somebody tried it, and what was seen. */
export function TestsPart({ release }: { readonly release: Release }) {
  const { tests = [], image, number } = release
  const command = `bootcast image test ${image}@${number}`
  return (
    <Stack gap="xs">
      <Title order={3} size="h5">
        {texts.tests}
      </Title>
      {tests.map((test) => (
        <TestShown key={test.firmware} release={release} test={test} />
      ))}
      {tests.length === 0 && (
        <Text size="sm" component="div">
          {texts.testCommand} <Code>{command}</Code> <CopyText text={command} />
        </Text>
      )}
    </Stack>
  )
}

type OfTest = { readonly release: Release; readonly test: BootTest }

function TestShown({ release, test }: OfTest) {
  const [isOpen, setOpen] = useState(false)
  const { firmware, passed, seconds, testedAt, testedBy } = test
  const name = imagesTexts[firmware]
  const word = isOpen ? texts.hideLog : texts.showLog
  return (
    <div>
      <Group gap="xs">
        {passed ? (
          <IconCheck size={18} color="var(--mantine-color-green-7)" aria-hidden />
        ) : (
          <IconX size={18} color="var(--mantine-color-red-6)" aria-hidden />
        )}
        <Text size="sm" component="div">
          {passed ? texts.tested(name, seconds) : texts.testFailed(name, seconds)},{' '}
          <TimeShown at={testedAt} /> {texts.by} <NameShown short>{testedBy}</NameShown>
        </Text>
        <Button
          size="compact-xs"
          variant="default"
          aria-expanded={isOpen}
          aria-label={`${word}: ${texts.record(name)}`}
          onClick={() => setOpen(!isOpen)}
        >
          {word}
        </Button>
      </Group>
      {isOpen && <Record release={release} test={test} />}
    </div>
  )
}

function Record({ release, test: { firmware } }: OfTest) {
  const record = useCall('showTest', { params: { name: release.image, number: release.number, firmware } })
  return (
    <Answered query={record}>
      {(found) => (
        <SimpleGrid cols={{ base: 1, md: 2 }} mt="xs">
          <ScreenShown key={found.testedAt} release={release} record={found} />
          <SerialLog log={found.log} />
        </SimpleGrid>
      )}
    </Answered>
  )
}

function SerialLog({ log }: { readonly log: string }) {
  if (log === '') return <Text size="sm">{texts.noLog}</Text>
  return (
    <ScrollArea.Autosize
      mah={360}
      type="auto"
      viewportProps={{ tabIndex: 0, 'aria-label': texts.serialLog, role: 'region' }}
    >
      <Code block className="log">
        {log}
      </Code>
    </ScrollArea.Autosize>
  )
}
