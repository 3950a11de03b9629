import type { TemplateSummary } from '@bootcast/contract'
import { Badge, Button, Group, Table, Text } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useList } from '../../calls.ts'
import { MoreButton } from '../../parts/more-button.tsx'
import { NameShown } from '../../parts/name-shown.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { PageLink } from '../../parts/page-link.tsx'
import { Answered, Empty } from '../../parts/states.tsx'
import { TimeShown } from '../../parts/time-shown.tsx'
import { useMay } from '../../session.ts'
import { templateTexts as texts } from '../../texts/templates.ts'
import { NewTemplateDialog } from './new-template-dialog.tsx'

export function TemplatesPage() {
  const { add } = useSearch({ from: '/templates' })
  const navigate = useNavigate({ from: '/templates' })
  const mayChange = useMay('templates.change')
  const templates = useList('listAllTemplates', { query: {} }, { every: 30_000 })
  const open = (isOpen: boolean) => void navigate({ search: isOpen ? { add: true } : {}, replace: true })
  return (
    <>
      <PageHead title={texts.title} about={texts.about}>
        {mayChange && (
          <Button leftSection={<IconPlus size={18} />} onClick={() => open(true)}>
            {texts.add}
          </Button>
        )}
      </PageHead>
      <Answered query={templates}>{() => <TemplateTable templates={templates.items ?? []} />}</Answered>
      <MoreButton list={templates} />
      {mayChange && <NewTemplateDialog opened={add === true} onClose={() => open(false)} />}
    </>
  )
}

function TemplateTable({ templates }: { readonly templates: readonly TemplateSummary[] }) {
  const { columns } = texts
  if (templates.length === 0)
    return (
      <Empty title={texts.none}>
        <Text c="dimmed">{texts.noneTodo}</Text>
      </Empty>
    )
  return (
    <Table verticalSpacing="sm" highlightOnHover>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{columns.template}</Table.Th>
          <Table.Th>{columns.format}</Table.Th>
          <Table.Th visibleFrom="sm">{columns.files}</Table.Th>
          <Table.Th visibleFrom="sm">{columns.used}</Table.Th>
          <Table.Th visibleFrom="xs">{columns.changed}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {templates.map((template) => (
          <TemplateRow key={`${template.image}/${template.name}`} template={template} />
        ))}
      </Table.Tbody>
    </Table>
  )
}

function TemplateRow({ template }: { readonly template: TemplateSummary }) {
  const { image, name, format, files, installs, isNamed, changedAt, changedBy } = template
  return (
    <Table.Tr>
      <Table.Td>
        <PageLink to="/templates/$image/$template" params={{ image, template: name }} fw={600}>
          <NameShown>{`${image} / ${name}`}</NameShown>
        </PageLink>
      </Table.Td>
      <Table.Td>
        <Group gap={6}>
          {format}
          {installs && (
            <Badge variant="default" size="sm" tt="none">
              {texts.installs}
            </Badge>
          )}
        </Group>
      </Table.Td>
      <Table.Td visibleFrom="sm">
        <NameShown>{files.join(', ')}</NameShown>
      </Table.Td>
      <Table.Td visibleFrom="sm">
        <Text size="sm" {...(!isNamed && { c: 'dimmed' })}>
          {isNamed ? texts.used : texts.notUsed}
        </Text>
      </Table.Td>
      <Table.Td visibleFrom="xs">
        <TimeShown at={changedAt} /> · <NameShown short>{changedBy}</NameShown>
      </Table.Td>
    </Table.Tr>
  )
}
