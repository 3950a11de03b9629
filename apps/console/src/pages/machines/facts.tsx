import './machines.css'
import { Text } from '@mantine/core'
import type { ReactNode } from 'react'

/** Names and what they are; what is absent is left out. */
export function Facts({ facts }: { readonly facts: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className="machine-facts">
      {facts
        .filter(([, value]) => value !== undefined && value !== '')
        .map(([name, value]) => (
          <div key={name}>
            <Text component="dt" c="dimmed" size="sm">
              {name}
            </Text>
            <Text component="dd" size="sm">
              {value}
            </Text>
          </div>
        ))}
    </dl>
  )
}
