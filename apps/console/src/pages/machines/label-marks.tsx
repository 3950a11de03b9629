import { Badge, Group } from '@mantine/core'
import { NameShown } from '../../parts/name-shown.tsx'
import { machineTexts as texts } from '../../texts/machines.ts'

type Marks = {
  readonly labels: readonly string[]
  /** Absent: they are only shown. */
  readonly onChoose?: (label: string) => void
}

/** The labels of a machine. */
export function LabelMarks({ labels, onChoose }: Marks) {
  if (labels.length === 0) return undefined
  return (
    <Group gap={4}>
      {labels.map((label) =>
        onChoose === undefined ? (
          <Badge key={label} variant="default" tt="none" fw={500}>
            <NameShown short>{label}</NameShown>
          </Badge>
        ) : (
          <Badge
            key={label}
            variant="default"
            tt="none"
            fw={500}
            maw="100%"
            component="button"
            type="button"
            title={texts.labelled(label)}
            onClick={() => onChoose(label)}
          >
            {label.length > 24 ? `${label.slice(0, 23)}…` : label}
          </Badge>
        ),
      )}
    </Group>
  )
}
