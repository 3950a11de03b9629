import { Button, Text } from '@mantine/core'
import { type ErrorComponentProps, Link } from '@tanstack/react-router'
import { commonTexts as texts } from '../texts/common.ts'
import { PageHead } from './page-head.tsx'
import { Failure } from './states.tsx'

/** A page that threw, or whose part of the program could not be loaded: after an upgrade it has another name. */
export function BrokenPage({ error }: ErrorComponentProps) {
  return (
    <>
      <PageHead title={texts.brokenPage} />
      <Failure
        error={error instanceof Error ? error : new Error(String(error))}
        onRetry={() => location.reload()}
      />
    </>
  )
}

export function NoSuchPage() {
  return (
    <>
      <PageHead title={texts.noSuchPage} />
      <Text mb="md">{texts.noSuchPageTodo}</Text>
      <Button component={Link} to="/">
        {texts.toBoots}
      </Button>
    </>
  )
}
