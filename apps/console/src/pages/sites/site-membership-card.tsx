import type { Site, SiteJoin } from '@bootcast/contract'
import { Button, Group, Modal, Text } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useChange } from '../../calls.ts'
import { Confirm } from '../../parts/confirm.tsx'
import { Section } from '../../parts/section.tsx'
import { spanText } from '../../quantities.ts'
import { useMay } from '../../session.ts'
import { commonTexts } from '../../texts/common.ts'
import { siteTexts as texts } from '../../texts/sites.ts'
import { JoinShown } from './join-shown.tsx'
import { addressOf } from './site-link.tsx'

type Deed = 'token' | 'revoke' | 'remove'

/** Who is this site, and whether it is one any more. */
export function SiteMembershipCard({ site }: { readonly site: Site }) {
  const [deed, setDeed] = useState<Deed>()
  const mayAdd = useMay('sites.add')
  if (!mayAdd) return undefined
  const deeds: readonly Deed[] = site.state === 'revoked' ? ['remove'] : ['token', 'revoke', 'remove']
  const asked = { site, onClose: () => setDeed(undefined) }
  return (
    <Section title={texts.member}>
      {deeds.map((name) => (
        <Group key={name} justify="space-between" wrap="nowrap" align="flex-start">
          <Text size="sm">{texts.memberAbout[name]}</Text>
          <Button
            size="xs"
            variant={name === 'token' ? 'default' : 'outline'}
            color={name === 'token' ? 'blue' : 'red'}
            onClick={() => setDeed(name)}
            flex="none"
          >
            {texts[name]}
          </Button>
        </Group>
      ))}
      <TokenConfirm {...asked} opened={deed === 'token'} />
      <RevokeConfirm {...asked} opened={deed === 'revoke'} />
      <RemoveConfirm {...asked} opened={deed === 'remove'} />
    </Section>
  )
}

type Asked = { readonly site: Site; readonly opened: boolean; readonly onClose: () => void }

function TokenConfirm({ site, opened, onClose }: Asked) {
  const [join, setJoin] = useState<SiteJoin>()
  const renewing = useChange('renewSiteToken', { touches: ['showSite', 'listSites'], quiet: true })
  const make = () =>
    renewing.mutate(
      { params: { name: site.name } },
      {
        onSuccess: (made) => {
          setJoin(made)
          onClose()
        },
      },
    )
  const done = () => setJoin(undefined)
  return (
    <>
      <Confirm
        opened={opened}
        title={texts.tokenTitle(site.name)}
        deed={texts.tokenDeed}
        isBusy={renewing.isPending}
        error={renewing.error}
        onConfirm={make}
        onClose={onClose}
      >
        {texts.tokenAbout}
      </Confirm>
      <Modal
        opened={join !== undefined}
        onClose={done}
        title={texts.joinTitle(site.name)}
        size="lg"
        closeButtonProps={{ 'aria-label': commonTexts.close }}
        closeOnClickOutside={false}
        closeOnEscape={false}
      >
        {join && <JoinShown join={join} onDone={done} />}
      </Modal>
    </>
  )
}

function RevokeConfirm({ site, opened, onClose }: Asked) {
  const navigate = useNavigate()
  const revoking = useChange('revokeSite', {
    touches: ['showSite', 'listSites'],
    quiet: true,
    done: ({ name }) => texts.revoked(name),
  })
  // Its name may become that of another: from now on it is known by its id.
  const shown = (revoked: Site) => {
    onClose()
    void navigate({ to: '/sites/$name', params: { name: addressOf(revoked) }, replace: true })
  }
  const [what, rest] = texts.revokeAbout
  return (
    <Confirm
      opened={opened}
      title={texts.revokeTitle(site.name)}
      deed={texts.revokeDeed}
      isDangerous
      isBusy={revoking.isPending}
      error={revoking.error}
      onConfirm={() => revoking.mutate({ params: { name: site.name } }, { onSuccess: shown })}
      onClose={onClose}
    >
      <Text mb="sm">{what}</Text>
      <Text>
        {rest} {spanText(site.settings.lifeSeconds)}.
      </Text>
    </Confirm>
  )
}

function RemoveConfirm({ site, opened, onClose }: Asked) {
  const navigate = useNavigate()
  const removing = useChange('removeSite', {
    touches: ['listSites'],
    quiet: true,
    done: () => texts.removed(site.name),
  })
  return (
    <Confirm
      opened={opened}
      title={texts.removeTitle(site.name)}
      deed={texts.removeDeed}
      isDangerous
      isBusy={removing.isPending}
      error={removing.error}
      onConfirm={() =>
        removing.mutate(
          { params: { name: addressOf(site) } },
          { onSuccess: () => void navigate({ to: '/sites' }) },
        )
      }
      onClose={onClose}
    >
      {texts.removeAbout.map((sentence) => (
        <Text key={sentence} mb="sm">
          {sentence}
        </Text>
      ))}
    </Confirm>
  )
}
