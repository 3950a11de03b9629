import { Text } from '@mantine/core'
import { CodeShown } from '../../parts/code-shown.tsx'
import { NameShown } from '../../parts/name-shown.tsx'
import { PageLink } from '../../parts/page-link.tsx'
import { useMay } from '../../session.ts'
import { startTexts as texts } from '../../texts/start.ts'
import { Step, type StepProps } from './step.tsx'

/** Small, recognised by a recipe, and it asks before it writes to a disk. */
const demo =
  'bootcast publish https://deb.debian.org/debian/dists/stable/main/installer-amd64/current/images/netboot/netboot.tar.gz --name debian-installer'

export function ImageStep({ known: { images }, isDone }: StepProps) {
  const mayPublish = useMay('images.publish')
  const names = images.slice(0, 5).map(({ name }) => name)
  return (
    <Step number={3} title={texts.image} isDone={isDone}>
      {isDone && (
        <Text size="sm">
          <NameShown>{texts.imageDone(names.join(', '))}</NameShown>
        </Text>
      )}
      {!isDone && !mayPublish && <Text size="sm">{texts.imageMayNot}</Text>}
      {!isDone && mayPublish && (
        <>
          <Text size="sm">{texts.imageTodo}</Text>
          <CodeShown text={demo} what={texts.command} />
          <Text size="sm">
            {texts.imageOr}{' '}
            <PageLink to="/images" size="sm" underline="always">
              {texts.toImages}
            </PageLink>
          </Text>
        </>
      )}
    </Step>
  )
}
