import { Alert, Anchor, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { CodeShown } from '../../parts/code-shown.tsx'
import { startTexts as texts } from '../../texts/start.ts'
import { startCommand } from './boot-commands.ts'
import { Step, type StepProps } from './step.tsx'

export function HeardStep({ known: { network }, isDone }: StepProps) {
  const wrong = network.findings.filter(({ level }) => level === 'wrong').length
  return (
    <Step number={2} title={texts.heard} isDone={isDone}>
      {isDone && (
        <Text size="sm">
          {network.heard.messages > 0 ? texts.heardDone(network.heard.messages) : texts.heardBoot}
        </Text>
      )}
      {!isDone && network.dhcp.mode !== 'off' && <Text size="sm">{texts.heardNothing}</Text>}
      {!isDone && network.dhcp.mode === 'off' && (
        <>
          <Text size="sm">{texts.heardOff}</Text>
          <CodeShown text={startCommand(network.networks[0])} what={texts.command} />
          <Text size="sm">
            {texts.heardOffOr} <ToNetwork />
          </Text>
        </>
      )}
      {wrong > 0 && (
        <Alert color="red" variant="light">
          {texts.findings(wrong)}: <ToNetwork />
        </Alert>
      )}
    </Step>
  )
}

const ToNetwork = () => (
  <Anchor component={Link} to="/network" size="sm" underline="always">
    {texts.toNetwork}
  </Anchor>
)
