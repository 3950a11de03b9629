import { Button, Center } from '@mantine/core'
import { commonTexts as texts } from '../texts/common.ts'

type List = {
  readonly hasNextPage: boolean
  readonly isFetchingNextPage: boolean
  readonly fetchNextPage: () => unknown
}

/** Below a list that comes in pages. */
export function MoreButton({ list }: { readonly list: List }) {
  if (!list.hasNextPage) return undefined
  return (
    <Center mt="md">
      <Button variant="default" loading={list.isFetchingNextPage} onClick={() => list.fetchNextPage()}>
        {texts.more}
      </Button>
    </Center>
  )
}
