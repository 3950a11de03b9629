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
// Out of the memory of the browser, after a sign-out too: what it shows is of before.
addEventListener('pageshow', ({ persisted }) => {
  if (persisted) location.reload()
})
const place = document.getElementById('console')
if (place !== null)
  createRoot(place).render(
    <StrictMode>
      <Console nonce={nonce} />
    </StrictMode>,
  )
