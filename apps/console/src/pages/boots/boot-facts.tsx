import type { Boot } from '@bootcast/contract'
import { Group, Title } from '@mantine/core'
import type { ReactNode } from 'react'
import { CopyText } from '../../parts/copy-text.tsx'
import { useLiveNow } from '../../parts/live-mark.tsx'
import { NameShown } from '../../parts/name-shown.tsx'
import { PageLink } from '../../parts/page-link.tsx'
import { PlaceLink } from '../../parts/place-link.tsx'
import { TimeShown } from '../../parts/time-shown.tsx'
import { bytes } from '../../sizes.ts'
import { bootTexts as texts } from '../../texts/boots.ts'
import { duration } from '../../times.ts'
import { isGoingOn, spanOf } from './span-of.ts'

/** What is known of a boot; what is not known has no line. */
export function BootFacts({ boot }: { readonly boot: Boot }) {
  const now = useLiveNow(1_000)
  const { site, release, product, address, user, loader, startedAt } = boot
  const firmware = [boot.firmware, boot.architecture].filter((part) => part !== undefined)
  return (
    <section aria-labelledby="facts">
      <Title order={2} size="h4" mb="xs" id="facts">
        {texts.facts}
      </Title>
      <dl className="boot-facts">
        <Fact name={texts.machine}>
          <Group gap="md">
            <PlaceLink to={`/machines/${encodeURIComponent(boot.mac)}`}>
              <NameShown>{boot.mac}</NameShown>
            </PlaceLink>
            <PageLink to="/" search={{ machine: boot.mac }} size="sm">
              {texts.otherBoots}
            </PageLink>
          </Group>
        </Fact>
        <Fact name={texts.release}>{release && <ReleaseLink release={release} />}</Fact>
        <Fact name={texts.user}>{user && <NameShown>{user}</NameShown>}</Fact>
        <Fact name={texts.address}>{address && <NameShown>{address}</NameShown>}</Fact>
        <Fact name={texts.site}>
          {site === undefined ? (
            texts.thePlatform
          ) : (
            <PageLink to="/sites/$name" params={{ name: site }}>
              <NameShown>{site}</NameShown>
            </PageLink>
          )}
        </Fact>
        <Fact name={texts.firmware}>
          {firmware.length > 0 && <NameShown>{firmware.join(', ')}</NameShown>}
        </Fact>
        <Fact name={texts.product}>{product && <NameShown>{product}</NameShown>}</Fact>
        <Fact name={texts.loader}>{loader && <NameShown>{texts.loaderVersion(loader)}</NameShown>}</Fact>
        <Fact name={texts.began}>
          <TimeShown at={boot.beganAt} as="clock" />
        </Fact>
        <Fact name={texts.started}>
          {startedAt && texts.startedAfter(duration(Date.parse(startedAt) - Date.parse(boot.beganAt)))}
        </Fact>
        <Fact name={isGoingOn(boot) ? texts.took : texts.tookAll}>
          <span className="numbers">{duration(spanOf(boot, now))}</span>
        </Fact>
        <Fact name={texts.sent}>{boot.bytes > 0 && bytes(boot.bytes)}</Fact>
        <Fact name={texts.id}>
          <Group gap={4} wrap="nowrap">
            <NameShown>{boot.id}</NameShown>
            <CopyText text={boot.id} what={texts.id} />
          </Group>
        </Fact>
      </dl>
    </section>
  )
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  if (children === undefined || children === false || children === '') return undefined
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  )
}

function ReleaseLink({ release }: { readonly release: string }) {
  const [image = release] = release.split('@')
  return (
    <PageLink to="/images/$name" params={{ name: image }}>
      <NameShown>{release}</NameShown>
    </PageLink>
  )
}
