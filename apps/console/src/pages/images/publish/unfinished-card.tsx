import type { PendingUpload } from '@bootcast/contract'
import { Alert, Button, FileButton, Paper, Progress, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { uploads } from '../../../client.ts'
import { Confirm } from '../../../parts/confirm.tsx'
import { publishTexts as texts } from '../../../texts/publish.ts'
import { isSameFile } from './remembered.ts'
import { refresh, remembered, runner } from './runner.ts'
import { Heading } from './sending-card.tsx'

type OfUpload = { readonly upload: PendingUpload }

/** An upload that nobody goes on with: the page was loaded anew, and a browser gives no file back by itself. */
export function UnfinishedCard({ upload }: OfUpload) {
  const begun = remembered.find(upload.id)
  const [isWrong, setWrong] = useState(false)
  const name = begun?.file.name ?? upload.name
  const take = (file: File | null) => {
    if (file === null || begun === undefined) return
    const isSame = isSameFile(begun.file, file)
    setWrong(!isSame)
    if (isSame) runner.start(file, begun.plan)
  }
  const share = upload.size === 0 ? 100 : (100 * upload.offset) / upload.size
  return (
    <Paper withBorder p="sm" role="group" aria-label={name}>
      <Stack gap={6}>
        <Heading name={name} about={begun === undefined ? texts.elsewhere : texts.unfinished}>
          {begun !== undefined && (
            <FileButton onChange={take}>
              {(props) => (
                <Button {...props} size="xs" variant="default" aria-label={texts.chooseAgainOf(name)}>
                  {texts.chooseAgain}
                </Button>
              )}
            </FileButton>
          )}
          <Discard upload={upload} name={name} />
        </Heading>
        <Progress value={share} aria-label={texts.unfinished} color="gray" />
        <Text size="sm">
          {begun === undefined
            ? texts.howFar(upload.offset, upload.size)
            : texts.unfinishedTodo(texts.howFar(upload.offset, upload.size))}
        </Text>
        {isWrong && (
          <Alert color="red" role="alert">
            {texts.anotherFile(name)}
          </Alert>
        )}
      </Stack>
    </Paper>
  )
}

function Discard({ upload: { id }, name }: OfUpload & { readonly name: string }) {
  const [opened, setOpened] = useState(false)
  const [error, setError] = useState<Error>()
  const discard = async () => {
    await uploads.remove(id).catch((failure: Error) => setError(failure))
    remembered.forget(id)
    await refresh()
  }
  return (
    <>
      <Button size="xs" variant="default" onClick={() => setOpened(true)} aria-label={texts.discardOf(name)}>
        {texts.discard}
      </Button>
      <Confirm
        opened={opened}
        onClose={() => setOpened(false)}
        title={texts.discardTitle}
        deed={texts.discard}
        isDangerous
        error={error ?? null}
        onConfirm={() => void discard()}
      >
        {texts.discardAbout}
      </Confirm>
    </>
  )
}
