import { Checkbox, NumberInput } from '@mantine/core'
import { Section } from '../../parts/section.tsx'
import { templateTexts as texts } from '../../texts/templates.ts'
import type { Draft } from './template-draft.ts'

type Edited = {
  readonly draft: Draft
  readonly onChange: (part: Partial<Draft>) => void
  readonly isReadOnly: boolean
}

/** What reads these installs a system, unless something else is said. */
const installing: readonly Draft['format'][] = [
  'preseed',
  'kickstart',
  'cloud-init',
  'autoyast',
  'agama',
  'unattend',
]

/** How the documents are given to machines. */
export function TemplateSettings({ draft: { format, fetches, installs }, onChange, isReadOnly }: Edited) {
  return (
    <Section title={texts.settings}>
      <NumberInput
        label={texts.fetches}
        value={fetches}
        onChange={(count) => onChange({ fetches: Number(count) || 1 })}
        min={1}
        max={100}
        allowDecimal={false}
        disabled={isReadOnly}
      />
      <Checkbox
        label={texts.installsLabel}
        description={texts.installsHint}
        checked={installs ?? installing.includes(format)}
        onChange={({ currentTarget }) => onChange({ installs: currentTarget.checked })}
        disabled={isReadOnly}
      />
    </Section>
  )
}
