import '@mantine/core/styles.css'
import '@mantine/notifications/styles.css'
import './console.css'
import { setNonce } from 'get-nonce'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { Console } from './console.tsx'

const nonce = document.querySelector<HTMLMetaElement>('meta[property=csp-nonce]')?.nonce ?? ''
// For what keeps the page from scrolling behind a dialog.
setNonce(nonce)
const place = document.getElementById('console')
if (place !== null)
  createRoot(place).render(
    <StrictMode>
      <Console nonce={nonce} />
    </StrictMode>,
  )
