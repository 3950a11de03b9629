import type { Machine } from '@bootcast/contract'
import { NameShown } from '../../parts/name-shown.tsx'
import { Section } from '../../parts/section.tsx'
import { TimeShown } from '../../parts/time-shown.tsx'
import { oneMachineTexts as texts } from '../../texts/machine.ts'
import { Facts } from './facts.tsx'
import { firmwareOf } from './machine-words.ts'

/** What a machine says of itself, and when it was heard. */
export function MachineHardware({ machine }: { readonly machine: Machine }) {
  const { architecture, cpuLevel, firstSeenAt, lastSeenAt, lastBootAt } = machine
  const processor = [architecture === 'unknown' ? undefined : architecture, cpuLevel]
  const said = (text: string | undefined) => text && <NameShown>{text}</NameShown>
  return (
    <Section title={texts.hardware} about={texts.hardwareAbout}>
      <Facts
        facts={[
          [texts.manufacturer, said(machine.manufacturer)],
          [texts.product, said(machine.product)],
          [texts.serial, said(machine.serial)],
          [texts.uuid, said(machine.uuid)],
          [texts.firmware, said(firmwareOf(machine.firmware))],
          [texts.architecture, processor.filter((part) => part !== undefined).join(', ')],
          [texts.address, said(machine.address)],
          [texts.site, said(machine.site)],
          [texts.firstSeen, <TimeShown key="first" at={firstSeenAt} as="clock" />],
          [texts.lastSeen, <TimeShown key="last" at={lastSeenAt} />],
          [texts.lastBoot, <TimeShown key="boot" at={lastBootAt} />],
        ]}
      />
    </Section>
  )
}
