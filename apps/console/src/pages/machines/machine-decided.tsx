import type { Machine, MachineChange } from '@bootcast/contract'
import { Button, Group, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { useChange } from '../../calls.ts'
import { NameShown } from '../../parts/name-shown.tsx'
import { Section } from '../../parts/section.tsx'
import { useMay } from '../../session.ts'
import { oneMachineTexts as texts } from '../../texts/machine.ts'
import { Facts } from './facts.tsx'
import { LabelMarks } from './label-marks.tsx'
import type { MachineDialog } from './machine-dialogs.tsx'
import { ofMachines } from './use-machine-change.ts'

type Decided = { readonly machine: Machine; readonly onChoose: (dialog: MachineDialog) => void }

/** What operators decided about a machine, each with the way back. */
export function MachineDecided({ machine, onChoose }: Decided) {
  const { mac, image, nextImage, labels, overwriteDisk, installed, deployed } = machine
  const change = useChange('changeMachine', { touches: ofMachines })
  const takeBack = (body: MachineChange) => () => change.mutate({ params: { mac }, body })
  return (
    <Section title={texts.decided}>
      <Facts
        facts={[
          [
            texts.image,
            <Reversible
              key="image"
              value={image}
              otherwise={texts.noImage}
              onBack={() => onChoose('take-back')}
            />,
          ],
          [
            texts.nextImage,
            <Reversible
              key="next"
              value={nextImage}
              otherwise={texts.nothingNext}
              onBack={takeBack({ nextImage: null })}
            />,
          ],
          [
            texts.overwrite,
            <Reversible
              key="disk"
              value={overwriteDisk ? texts.mayOverwrite : undefined}
              otherwise={texts.mayNotOverwrite}
              onBack={takeBack({ overwriteDisk: false })}
            />,
          ],
          [
            texts.labels,
            labels.length === 0 ? (
              <Dimmed key="none">{texts.noLabels}</Dimmed>
            ) : (
              <LabelMarks key="labels" labels={labels} />
            ),
          ],
          [texts.answered, answeredBy(machine)],
          [texts.installed, installed && <NameShown key="installed">{installed}</NameShown>],
          [texts.deployed, deployed && <NameShown key="deployed">{deployed}</NameShown>],
        ]}
      />
    </Section>
  )
}

function answeredBy({ loader, proxyDialect }: Machine): string {
  return [
    loader === undefined ? undefined : texts.loader(loader),
    proxyDialect === undefined ? undefined : texts.dialect(proxyDialect),
  ]
    .filter((part) => part !== undefined)
    .join(', ')
}

const Dimmed = ({ children }: { readonly children: ReactNode }) => (
  <Text c="dimmed" size="sm" span>
    {children}
  </Text>
)

type Back = {
  readonly value: string | undefined
  readonly otherwise: string
  readonly onBack: () => void
}

/** A decision, and the button that takes it back. */
function Reversible({ value, otherwise, onBack }: Back) {
  const mayChange = useMay('machines.change')
  if (value === undefined) return <Dimmed>{otherwise}</Dimmed>
  return (
    <Group gap="xs">
      <NameShown>{value}</NameShown>
      {mayChange && (
        <Button size="compact-xs" variant="default" onClick={onBack} aria-label={texts.takeBackOf(value)}>
          {texts.takeBack}
        </Button>
      )}
    </Group>
  )
}
