import './openings.css'
import {
  Alert,
  Button,
  Group,
  Modal,
  NumberInput,
  SegmentedControl,
  Select,
  SimpleGrid,
  Stack,
  TextInput,
} from '@mantine/core'
import { IconWorld } from '@tabler/icons-react'
import { type FormEvent, useState } from 'react'
import { useChange } from '../../calls.ts'
import { ImageChoice } from '../../parts/image-choice.tsx'
import { Failure } from '../../parts/states.tsx'
import { commonTexts } from '../../texts/common.ts'
import { openingTexts, openTexts as texts } from '../../texts/openings.ts'
import { DemandFields } from './demand-fields.tsx'
import {
  type FormErrors,
  type Lasts,
  lasts,
  type OpeningForm,
  readDemands,
  readForm,
} from './opening-form.ts'
import { OpeningPreviewed } from './opening-previewed.tsx'
import { isWide } from './opening-words.ts'

type Asked = {
  readonly opened: boolean
  /** The machine that it is for, when that is known. */
  readonly mac: string | undefined
  readonly onClose: () => void
}

/** All of an opening at one look, with the machines that it would mean. */
export function OpenDialog({ opened, mac, onClose }: Asked) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={texts.title}
      size="lg"
      closeButtonProps={{ 'aria-label': commonTexts.close }}
    >
      <OpenForm mac={mac} onClose={onClose} />
    </Modal>
  )
}

/** Some hours, in the menu: what does least harm when it is forgotten. */
const first = (mac: string | undefined): OpeningForm => ({
  image: '',
  demands: [{ id: 0, kind: mac === undefined ? 'label' : 'mac', value: mac ?? '' }],
  how: 'menu',
  lasts: '4h',
  untilAt: '',
  fromAt: '',
  times: '',
})
const nothingWrong: FormErrors = { demands: new Map() }

function OpenForm({ mac, onClose }: Omit<Asked, 'opened'>) {
  const [form, setForm] = useState(() => first(mac))
  const [wasTried, setWasTried] = useState(false)
  const change = (part: Partial<OpeningForm>) => setForm({ ...form, ...part })
  const add = useChange('addOpening', {
    touches: ['listOpenings', 'explain', 'listMachines'],
    done: ({ image }) => texts.done(image),
    quiet: true,
  })
  const read = readForm(form, new Date())
  const errors = wasTried && 'errors' in read ? read.errors : nothingWrong
  const { criteria } = readDemands(form.demands)
  const wide = criteria !== undefined && isWide(criteria)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setWasTried(true)
    const { opening } = readForm(form, new Date())
    if (opening !== undefined) add.mutate({ body: opening }, { onSuccess: onClose })
  }
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <ImageChoice
          value={form.image}
          onChange={(image) => change({ image })}
          error={errors.image}
          isFirst
        />
        <DemandFields
          demands={form.demands}
          errors={errors.demands}
          onChange={(demands) => change({ demands })}
        />
        <OpeningPreviewed criteria={criteria} />
        <HowLong form={form} errors={errors} onChange={change} />
        {wide && (
          <Alert color="orange" icon={<IconWorld />} title={openingTexts.wideTitle}>
            {texts.wide}
          </Alert>
        )}
        {add.error !== null && <Failure error={add.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {commonTexts.cancel}
          </Button>
          <Button type="submit" loading={add.isPending} color={wide ? 'orange' : 'blue'}>
            {wide ? texts.deedWide : texts.deed}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

type Part = {
  readonly form: OpeningForm
  readonly errors: FormErrors
  readonly onChange: (part: Partial<OpeningForm>) => void
}

function HowLong({ form, errors, onChange }: Part) {
  return (
    <>
      <SegmentedControl
        fullWidth
        aria-label={texts.how}
        value={form.how}
        onChange={(how) => onChange({ how: how === 'boot' ? 'boot' : 'menu' })}
        data={[
          { value: 'menu', label: openingTexts.bootOrMenu.menu },
          { value: 'boot', label: openingTexts.bootOrMenu.boot },
        ]}
      />
      <SimpleGrid cols={{ base: 1, xs: 3 }}>
        <Select
          label={texts.until}
          data={lasts.map((value) => ({ value, label: texts.lasts[value] }))}
          value={form.lasts}
          onChange={(value) => onChange({ lasts: value as Lasts })}
          allowDeselect={false}
          error={form.lasts !== 'at' && errors.untilAt}
        />
        <NumberInput
          label={texts.times}
          placeholder={texts.timesHint}
          value={form.times}
          onChange={(times) => onChange({ times })}
          min={1}
          max={1_000_000}
          allowDecimal={false}
          error={errors.times}
        />
        <TextInput
          type="datetime-local"
          label={texts.from}
          value={form.fromAt}
          onChange={({ currentTarget }) => onChange({ fromAt: currentTarget.value })}
          error={errors.fromAt}
        />
        {form.lasts === 'at' && (
          <TextInput
            type="datetime-local"
            step={1}
            label={texts.untilAt}
            value={form.untilAt}
            onChange={({ currentTarget }) => onChange({ untilAt: currentTarget.value })}
            error={errors.untilAt}
            required
          />
        )}
      </SimpleGrid>
    </>
  )
}
