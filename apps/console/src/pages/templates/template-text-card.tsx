import type { TemplateProblem } from '@bootcast/contract'
import { Button, FileButton, Group, SegmentedControl, Text } from '@mantine/core'
import { IconUpload } from '@tabler/icons-react'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useRef, useState } from 'react'
import { NameShown } from '../../parts/name-shown.tsx'
import { Section } from '../../parts/section.tsx'
import { Failure } from '../../parts/states.tsx'
import { templateTexts as texts } from '../../texts/templates.ts'
import { CodeEditor, linePixels } from './code-editor.tsx'
import { type Draft, marksIn, offsetOf, problemsIn, variableNamed, withFile } from './template-draft.ts'
import type { Checked } from './use-checked.ts'

type Edited = {
  readonly draft: Draft
  readonly onChange: (part: Partial<Draft>) => void
  readonly checked: Checked
  readonly isReadOnly: boolean
}

const problemsId = 'template-problems'

/** The files of a template, one at a time, with what is wrong with them. */
export function TemplateTextCard({ draft, onChange, checked, isReadOnly }: Edited) {
  const { file: wanted } = useSearch({ from: '/templates/$image/$template' })
  const navigate = useNavigate({ from: '/templates/$image/$template' })
  const area = useRef<HTMLTextAreaElement>(null)
  const file = draft.files.find(({ name }) => name === wanted) ?? draft.files[0]
  if (file === undefined) return undefined
  const problems = problemsIn(checked.problems ?? [], draft, file.name)
  const choose = (name: string) =>
    void navigate({ search: (before) => ({ ...before, file: name }), replace: true })
  const write = (text: string) =>
    onChange({ files: draft.files.map((one) => (one.name === file.name ? { name: one.name, text } : one)) })
  const goTo = ({ where, line = 1, column }: TemplateProblem) => {
    const { current } = area
    const other = fileOf(where)
    if (other !== undefined && other !== file.name) choose(other)
    else if (current !== null) jump(current, file.text, line, column)
  }
  const declare = (name: string) => onChange({ variables: [...draft.variables, variableNamed(name)] })
  return (
    <Section
      title={texts.text}
      actions={!isReadOnly && <FileActions draft={draft} onChange={onChange} file={file.name} />}
    >
      {draft.files.length > 1 && (
        <SegmentedControl
          aria-label={texts.files}
          data={draft.files.map(({ name }) => name)}
          value={file.name}
          onChange={choose}
        />
      )}
      <CodeEditor
        area={area}
        value={file.text}
        onChange={write}
        marks={marksIn(file.text, problems)}
        label={texts.textOf(file.name)}
        describedBy={problemsId}
        isReadOnly={isReadOnly}
      />
      <div id={problemsId} role="status">
        {!isReadOnly && <Problems checked={checked} onGoTo={goTo} onDeclare={declare} />}
      </div>
    </Section>
  )
}

/** The file that a problem is in, where there are several. */
const fileOf = (where: string): string | undefined => where.split('/')[1]

function jump(area: HTMLTextAreaElement, text: string, line: number, column: number | undefined): void {
  const at = offsetOf(text, line, column)
  area.focus()
  area.setSelectionRange(at, at)
  area.scrollTop = Math.max(0, (line - 1) * linePixels - area.clientHeight / 2)
}

type Listed = {
  readonly checked: Checked
  readonly onGoTo: (problem: TemplateProblem) => void
  readonly onDeclare: (name: string) => void
}

const mostShown = 50

function Problems({ checked: { problems, error }, onGoTo, onDeclare }: Listed) {
  if (error !== null) return <Failure error={error} />
  if (problems === undefined) return <Text size="sm">{texts.checking}</Text>
  if (problems.length === 0)
    return (
      <Text size="sm" c="dimmed">
        {texts.fine}
      </Text>
    )
  return (
    <>
      <Text size="sm" fw={600}>
        {texts.problemsCount(problems.length)}
      </Text>
      {problems.slice(0, mostShown).map((problem) => (
        <ProblemRow
          key={`${problem.where} ${problem.line} ${problem.column} ${problem.message}`}
          problem={problem}
          onGoTo={onGoTo}
          onDeclare={onDeclare}
        />
      ))}
    </>
  )
}

type Row = Omit<Listed, 'checked'> & { readonly problem: TemplateProblem }

function ProblemRow({ problem, onGoTo, onDeclare }: Row) {
  const { line, column, variable, message } = problem
  const place = line === undefined ? undefined : texts.at(line, column)
  const where = place && [fileOf(problem.where), place].filter(Boolean).join(': ')
  return (
    <Group gap="xs" mt={4}>
      {where !== undefined && (
        <Button
          size="compact-xs"
          variant="default"
          onClick={() => onGoTo(problem)}
          aria-label={texts.goTo(where)}
        >
          {where}
        </Button>
      )}
      <Text size="sm">
        <NameShown>{message}</NameShown>
      </Text>
      {variable !== undefined && message === texts.undeclared(variable) && (
        <Button size="compact-xs" variant="default" onClick={() => onDeclare(variable)}>
          {texts.declare(variable)}
        </Button>
      )}
    </Group>
  )
}

type Filed = Pick<Edited, 'draft' | 'onChange'> & { readonly file: string }

function FileActions({ draft, onChange, file }: Filed) {
  const [refused, setRefused] = useState<string>()
  const read = async (chosen: File | null) => {
    if (chosen === null) return
    const next = withFile(draft, chosen.name, new Uint8Array(await chosen.slice(0, 200_000).arrayBuffer()))
    setRefused(next === undefined ? chosen.name : undefined)
    if (next !== undefined) onChange(next)
  }
  return (
    <Group gap="xs">
      {refused !== undefined && (
        <Text size="sm" className="wrong" role="alert">
          <NameShown>{texts.readWrong(refused)}</NameShown>
        </Text>
      )}
      {draft.files.length > 1 && (
        <Button
          size="xs"
          variant="default"
          onClick={() => onChange({ files: draft.files.filter(({ name }) => name !== file) })}
        >
          {texts.removeFile(file)}
        </Button>
      )}
      <FileButton onChange={(chosen) => void read(chosen)}>
        {(props) => (
          <Button {...props} size="xs" variant="default" leftSection={<IconUpload size={16} />}>
            {texts.read}
          </Button>
        )}
      </FileButton>
    </Group>
  )
}
