import type { Image } from '@bootcast/contract'
import { Button, Code, Stack, Text, TextInput } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { getRouteApi } from '@tanstack/react-router'
import { useList } from '../../calls.ts'
import { CopyText } from '../../parts/copy-text.tsx'
import { MoreButton } from '../../parts/more-button.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { Answered, Empty } from '../../parts/states.tsx'
import { useMay } from '../../session.ts'
import { imagesTexts as texts } from '../../texts/images.ts'
import { ImageCards } from './image-cards.tsx'
import { ImageTable } from './image-table.tsx'
import { PublishPanel } from './publish/publish-panel.tsx'

const route = getRouteApi('/images')

/** So few are seen at a glance. */
const fewImages = 8

export function ImagesPage() {
  const images = useList('listImages', { query: { limit: 200 } }, { every: 30_000 })
  return (
    <>
      <PageHead title={texts.title} about={texts.about} />
      <PublishPanel />
      <Answered query={{ ...images, data: images.items }}>{(items) => <Found items={items} />}</Answered>
      <MoreButton list={images} />
    </>
  )
}

function Found({ items }: { readonly items: readonly Image[] }) {
  const { name } = route.useSearch()
  const navigate = route.useNavigate()
  const filter = (text: string) =>
    void navigate({ search: text === '' ? {} : { name: text.slice(0, 63) }, replace: true })
  if (items.length === 0) return <NoImage />
  const fitting = items.filter((image) => image.name.includes((name ?? '').toLowerCase()))
  return (
    <Stack>
      {(items.length > fewImages || name !== undefined) && (
        <TextInput
          type="search"
          maw={360}
          aria-label={texts.filter}
          placeholder={texts.filter}
          leftSection={<IconSearch size={16} />}
          value={name ?? ''}
          onChange={({ currentTarget }) => filter(currentTarget.value)}
        />
      )}
      {fitting.length === 0 ? (
        <Empty title={texts.noneFits}>
          <Button variant="default" onClick={() => filter('')}>
            {texts.clear}
          </Button>
        </Empty>
      ) : (
        <>
          <ImageTable images={fitting} />
          <ImageCards images={fitting} />
        </>
      )}
    </Stack>
  )
}

function NoImage() {
  const mayPublish = useMay('images.publish')
  if (!mayPublish)
    return (
      <Empty title={texts.empty}>
        <Text>{texts.emptyMayNot}</Text>
      </Empty>
    )
  return (
    <Empty title={texts.empty}>
      <Text>{texts.emptyTodo}</Text>
      <Text component="div">
        <Code>{texts.command}</Code> <CopyText text={texts.command} />
      </Text>
    </Empty>
  )
}
