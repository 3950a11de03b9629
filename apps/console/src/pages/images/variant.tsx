import type { ReleaseFile, Variant } from '@bootcast/contract'
import { Code, Group, SimpleGrid, Stack, Text, Title } from '@mantine/core'
import type { ReactNode } from 'react'
import { CopyText } from '../../parts/copy-text.tsx'
import { NameShown } from '../../parts/name-shown.tsx'
import { bytes } from '../../sizes.ts'
import { imagesTexts, imageTexts as texts } from '../../texts/images.ts'

type Shown = {
  readonly variant: Variant
  /** Where there are several: which. */
  readonly place?: number
}

/** One way to boot a release: what it is, why it was taken for that, and its files. */
export function VariantShown({ variant, place }: Shown) {
  const { architecture, cpuLevel, firmware, method, memory, recognised, recipe, cmdline } = variant
  return (
    <Stack gap="sm">
      <Title order={3} size="h5">
        {place === undefined ? texts.variantTitle : texts.variant(place)}
      </Title>
      <SimpleGrid cols={{ base: 2, sm: 3, lg: 5 }} spacing="xs">
        <Item label={texts.method}>{method}</Item>
        <Item label={texts.architecture}>{architecture}</Item>
        <Item label={texts.processor}>{cpuLevel ?? texts.anyProcessor}</Item>
        <Item label={texts.firmware}>
          {firmware === undefined ? texts.bothFirmwares : imagesTexts[firmware]}
        </Item>
        {memory !== undefined && <Item label={texts.memory}>{bytes(memory)}</Item>}
      </SimpleGrid>
      <Item label={texts.recognisedAs}>
        {recognised === undefined ? (
          texts.notRecognised
        ) : (
          <>
            <NameShown>{recognised.as}</NameShown>, {texts.because}{' '}
            <NameShown>{recognised.because}</NameShown>
          </>
        )}
      </Item>
      {recipe !== undefined && (
        <Item label={texts.recipe}>
          <NameShown>{recipe}</NameShown>
        </Item>
      )}
      <Item label={texts.commandLine}>
        {cmdline === '' ? (
          texts.noCommandLine
        ) : (
          <Group gap={4} wrap="nowrap" align="flex-start">
            <Code className="name">
              <NameShown>{cmdline}</NameShown>
            </Code>
            <CopyText text={cmdline} what={texts.commandLine} />
          </Group>
        )}
      </Item>
      <Files files={variant.files} />
    </Stack>
  )
}

function Item({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <div>
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      <Text size="sm" component="div">
        {children}
      </Text>
    </div>
  )
}

function Files({ files }: { readonly files: readonly ReleaseFile[] }) {
  return (
    <div>
      <Text size="xs" c="dimmed">
        {texts.files}
      </Text>
      <Stack gap={4} component="ul" m={0} p={0} className="plain-list">
        {files.map(({ role, name, digest, size }) => (
          <li key={role}>
            <Group gap="xs" wrap="nowrap" justify="space-between">
              <Text size="sm" component="div" miw={0}>
                <b>{role}</b> <NameShown>{name}</NameShown> <span className="numbers">{bytes(size)}</span>
                <Text size="xs" ff="monospace" c="dimmed" className="name">
                  {digest}
                </Text>
              </Text>
              <CopyText text={digest} what={`${texts.digest} ${role}`} />
            </Group>
          </li>
        ))}
      </Stack>
    </div>
  )
}
