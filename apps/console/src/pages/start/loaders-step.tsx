import { Text } from '@mantine/core'
import { CodeShown } from '../../parts/code-shown.tsx'
import { startTexts as texts } from '../../texts/start.ts'
import { Step, type StepProps } from './step.tsx'
import { loaderNames, withoutLoader } from './steps.ts'

export function LoadersStep({ known: { network }, isDone }: StepProps) {
  const missing = withoutLoader(network)
  return (
    <Step number={1} title={texts.loaders} isDone={isDone}>
      {isDone && <Text size="sm">{texts.loadersDone(loaderNames(network).join(', '))}</Text>}
      {missing.length > 0 && (
        <>
          {isDone && <Text size="sm">{texts.loadersSome(missing.join(', '))}</Text>}
          <Text size="sm">{texts.loadersTodo}</Text>
          <CodeShown
            text={'apt-get download ipxe\nbootcast loaders import ipxe_*.deb'}
            what={texts.command}
          />
        </>
      )}
    </Step>
  )
}
