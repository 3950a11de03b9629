import type { Site } from '@bootcast/contract'
import { Button, Group, Text } from '@mantine/core'
import { useState } from 'react'
import { NameShown } from '../../parts/name-shown.tsx'
import { Section } from '../../parts/section.tsx'
import { useMay } from '../../session.ts'
import { siteTexts as texts } from '../../texts/sites.ts'
import { SiteImagesDialog } from './site-images-dialog.tsx'
import { SiteSettingDialog } from './site-setting-dialog.tsx'
import { type GroupName, groups, words } from './site-settings.ts'

type Chosen = 'images' | GroupName

/** What is decided about a site, in words, each with its dialog. */
export function SiteSettingsCard({ site }: { readonly site: Site }) {
  const [chosen, setChosen] = useState<Chosen>()
  const mayChange = useMay('sites.change') && site.state !== 'revoked'
  const close = () => setChosen(undefined)
  const imagesText = site.images === 'all' ? texts.allImages : site.images.join(', ')
  const rows: readonly (readonly [Chosen, string])[] = [
    ['images', imagesText],
    ...(Object.keys(groups) as GroupName[]).map((group) => [group, words[group](site.settings)] as const),
  ]
  return (
    <Section title={texts.settings}>
      {rows.map(([name, said]) => (
        <Group key={name} justify="space-between" wrap="nowrap" align="flex-start">
          <div>
            <Text size="sm" c="dimmed">
              {texts.groups[name]}
            </Text>
            <Text size="sm">
              <NameShown>{said}</NameShown>
            </Text>
          </div>
          {mayChange && (
            <Button
              flex="none"
              size="compact-xs"
              variant="default"
              onClick={() => setChosen(name)}
              aria-label={texts.changeOf(texts.groups[name])}
            >
              {texts.change}
            </Button>
          )}
        </Group>
      ))}
      <SiteImagesDialog site={site} opened={chosen === 'images'} onClose={close} />
      <SiteSettingDialog site={site} group={chosen === 'images' ? undefined : chosen} onClose={close} />
    </Section>
  )
}
