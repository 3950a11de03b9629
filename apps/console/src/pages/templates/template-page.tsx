import { ApiError, type Template } from '@bootcast/contract'
import { useParams, useSearch } from '@tanstack/react-router'
import { useCall } from '../../calls.ts'
import { PageHead } from '../../parts/page-head.tsx'
import { Answered, Loading } from '../../parts/states.tsx'
import { useMay } from '../../session.ts'
import { emptyDraft } from './template-draft.ts'
import { TemplateEditor } from './template-editor.tsx'

/** Somebody else may change it while it is looked at. */
const everyMs = 15_000

export function TemplatePage() {
  const { image, template: name } = useParams({ from: '/templates/$image/$template' })
  const { format } = useSearch({ from: '/templates/$image/$template' })
  const mayChange = useMay('templates.change')
  const found = useCall('showTemplate', { params: { name: image, template: name } }, { every: everyMs })
  const isMissing = found.error instanceof ApiError && found.error.code === 'template_not_found'
  // Also where one of that name was removed a moment ago.
  if (isMissing && format !== undefined && mayChange)
    return (
      <TemplateEditor
        key={`${image}/${name}`}
        image={image}
        name={name}
        kept={undefined}
        start={emptyDraft(format)}
      />
    )
  if (found.data === undefined && found.error === null) return <Loading />
  if (found.data === undefined)
    return (
      <>
        <PageHead title={`${image} / ${name}`} />
        <Answered query={found}>{() => undefined}</Answered>
      </>
    )
  return <Kept image={image} name={name} query={found} />
}

type Query = ReturnType<typeof useCall<'showTemplate'>>

/** The editor stays in its place whatever becomes of the connection: what is written in it must not be lost. */
function Kept({
  image,
  name,
  query,
}: {
  readonly image: string
  readonly name: string
  readonly query: Query
}) {
  const kept: Template | undefined = query.data
  return <TemplateEditor key={`${image}/${name}`} image={image} name={name} kept={kept} query={query} />
}
