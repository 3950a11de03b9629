import type { ImageDetail } from '@bootcast/contract'
import { Anchor, Group, Stack } from '@mantine/core'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useCall } from '../../calls.ts'
import { PageHead } from '../../parts/page-head.tsx'
import { Answered } from '../../parts/states.tsx'
import { imagesTexts as texts } from '../../texts/images.ts'
import { DefaultFact } from './badges.tsx'
import { ChannelsPart } from './channels.tsx'
import { GrantsPart } from './grants.tsx'
import { ImageMenu } from './image-menu.tsx'
import { usersOf } from './image-table.tsx'
import { PublishPanel } from './publish/publish-panel.tsx'
import { ReleasesPart } from './releases.tsx'

const route = getRouteApi('/images/$name')

export function ImagePage() {
  const { name } = route.useParams()
  const image = useCall('showImage', { params: { name } }, { every: 30_000 })
  return (
    <>
      <Anchor size="sm" renderRoot={(props) => <Link to="/images" {...props} />}>
        {texts.toList}
      </Anchor>
      <PageHead title={name} about={image.data && <About image={image.data} />}>
        {image.data && <ImageMenu image={image.data} />}
      </PageHead>
      {image.data && <PublishPanel image={name} />}
      <Answered query={image}>
        {(found) => (
          <Stack gap="xl">
            <ChannelsPart image={found} />
            <ReleasesPart image={found} />
            <GrantsPart image={found} />
          </Stack>
        )}
      </Answered>
    </>
  )
}

function About({ image }: { readonly image: ImageDetail }) {
  return (
    <Group gap="xs">
      <DefaultFact image={image} />
      <span>{usersOf(image)}</span>
    </Group>
  )
}
